import { compile } from './compile.ts';
import { isObject } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { shareBytes } from './share-bytes.ts';

/** A payload as an object. Its parts may belong to the request, so nothing in it is ever changed in place. */
export type Payload = JsonObject & { readonly aps?: unknown };

/**
 * The payload as JSON of at most `maxBytes`, its texts cut if need be: `aps.alert` where it is a text, else its
 * `body` and each of its `loc-args`. Titles are never cut. Undefined if that is not enough.
 */
export function fit(payload: Payload, maxBytes: number): string | undefined {
  const whole = compile(payload);
  if (whole === undefined || whole.bytes <= maxBytes) return whole?.json;
  const texts: string[] = [];
  const emptied = compile(
    mapTexts(payload, (text) => {
      texts.push(text);
      return '';
    }),
  );
  if (emptied === undefined || emptied.bytes > maxBytes) return undefined;
  const cut = shareBytes(texts, maxBytes - emptied.bytes).values();
  return compile(mapTexts(payload, () => cut.next().value ?? ''))?.json;
}

/** A copy of the payload with other texts, in a fixed order. */
function mapTexts(payload: Payload, change: (text: string) => string): Payload {
  const { aps } = payload;
  return isObject(aps) && 'alert' in aps
    ? { ...payload, aps: { ...aps, alert: mapAlert(aps['alert'], change) } }
    : payload;
}

function mapAlert(alert: unknown, change: (text: string) => string): unknown {
  const changeText = (value: unknown) => (typeof value === 'string' ? change(value) : value);
  if (!isObject(alert)) return changeText(alert);
  const changed: Record<string, unknown> = { ...alert };
  if ('body' in alert) changed['body'] = changeText(alert['body']);
  const args = alert['loc-args'];
  if (Array.isArray(args)) changed['loc-args'] = args.map(changeText);
  return changed;
}
