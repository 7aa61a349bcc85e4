import type { IncomingMessage } from 'node:http';

/** An event id and a pushkey of 2,048 bytes, each byte written as `%00`, with room to spare. */
const maxBytes = 16_384;

/** The fields of a form that a browser sends; undefined for anything else, and for what is too long. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined;
  let text = '';
  for await (const chunk of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length > maxBytes) return undefined;
  }
  return new URLSearchParams(text);
}
