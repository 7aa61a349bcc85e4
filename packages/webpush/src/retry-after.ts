/**
 * When a `Retry-After` header lets us come back, in milliseconds since 1970: seconds or an HTTP date (RFC 9110,
 * section 10.2.3). Undefined for one that is absent, cannot be read or lies not in the future.
 */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const at = /^\d{1,9}$/.test(text) ? now + Number(text) * 1_000 : Date.parse(text);
  return at > now ? at : undefined;
}
