/**
 * When a `Retry-After` header lets us come back, in milliseconds since 1970: seconds, or an HTTP date (RFC 9110,
 * section 10.2.3). Undefined where it is missing, cannot be read or is not in the future: the outcome's own
 * backoff decides then, so that a `0` makes no hot loop.
 */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) > 0 ? now + Number(text) * 1000 : undefined;
  const at = /^[A-Z][a-z]+, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return at > now ? at : undefined;
}
