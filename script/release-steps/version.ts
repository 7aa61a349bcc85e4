/** A version as Semantic Versioning writes it, without build metadata. */
const form = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

export function isVersion(text: string): boolean {
  return form.test(text);
}

/** Whether `a` comes before `b` (semver.org, 11). */
export function isBefore(a: string, b: string): boolean {
  const [, ...left] = form.exec(a) ?? [];
  const [, ...right] = form.exec(b) ?? [];
  for (const at of [0, 1, 2]) if (left[at] !== right[at]) return Number(left[at]) < Number(right[at]);
  const [before, after] = [left[3]?.split('.'), right[3]?.split('.')];
  if (before === undefined || after === undefined) return before !== undefined;
  for (const [at, word] of before.entries()) {
    const other = after[at];
    if (other === undefined) return false;
    if (word !== other) return comesBefore(word, other);
  }
  return before.length < after.length;
}

/** Numbers by their value and before words. */
function comesBefore(a: string, b: string): boolean {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return Number(a) < Number(b);
  return isNumber === isOtherNumber ? a < b : isNumber;
}
