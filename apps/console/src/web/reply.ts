import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What one request is answered with. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export const htmlType = 'text/html; charset=utf-8';

/**
 * For every answer. Scripts and styles come from files of the console only, nothing comes from or goes to anywhere else, and no
 * other page frames it.
 */
const safety = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // With `no-referrer` browsers would not say which page a form is of.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function sendReply(response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.req.resume(); // what no page has read
  const zipped = typeof body === 'string' && mayZip(response.req) ? gzipSync(body) : undefined;
  response
    .writeHead(status, {
      ...safety,
      'cache-control': 'no-store',
      'content-type': type,
      'content-length': Buffer.byteLength(zipped ?? body),
      ...(zipped !== undefined && { 'content-encoding': 'gzip' }),
      ...headers,
    })
    .end(zipped ?? body);
}

/**
 * Pages are zipped where nothing of them comes from the request: what is chosen by a stranger and zipped together with the token
 * of a form tells the token by its length (BREACH).
 */
function mayZip({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET' && !url.includes('?') && /\bgzip\b/.test(headers['accept-encoding'] ?? '');
}

/** To another page, which the browser asks for anew. */
export function seeOther(location: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 303, type: 'text/plain', body: '', headers: { location, ...headers } };
}
