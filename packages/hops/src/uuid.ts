/**
 * Writes a UUID's 16 bytes and says how its letters were written; `none` for what is no UUID, and for one of mixed
 * letters. By hand, because it is done for each APNs delivery, and hex strings and expressions cost thrice as much.
 */
export function writeUuid(id: string, to: Buffer, at: number): 'upper' | 'lower' | 'none' {
  if (id.length !== 36) return 'none';
  let upper = false;
  let lower = false;
  let written = at;
  let high = -1;
  for (let index = 0; index < 36; index++) {
    const code = id.charCodeAt(index);
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== dash) return 'none';
      continue;
    }
    let digit: number;
    if (code >= 48 && code <= 57) digit = code - 48;
    else if (code >= 65 && code <= 70) {
      digit = code - 55;
      upper = true;
    } else if (code >= 97 && code <= 102) {
      digit = code - 87;
      lower = true;
    } else return 'none';
    if (high < 0) high = digit;
    else {
      to[written++] = high * 16 + digit;
      high = -1;
    }
  }
  if (upper && lower) return 'none';
  return upper ? 'upper' : 'lower';
}

const dash = 45;

export function uuidText(bytes: Buffer, form: 'upper' | 'lower'): string {
  const hex = bytes.toString('hex');
  const text = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([a, b]) => hex.slice(a, b))
    .join('-');
  return form === 'upper' ? text.toUpperCase() : text;
}
