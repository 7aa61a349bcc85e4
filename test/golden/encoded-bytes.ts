/** Bytes of a value as JSON; of what nests deeper than the stack, more than any. */
export function encodedBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
