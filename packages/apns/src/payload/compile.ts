import { toJson } from '@carillon/sending';

/** JSON as APNs takes it, with the number of its bytes in UTF-8. */
export interface Compiled {
  readonly json: string;
  readonly bytes: number;
}

/**
 * Undefined for a value that is nested too deeply to be written. Halves of
 * surrogate pairs, which survive a homeserver's JSON, become U+FFFD: APNs and phones cannot read them.
 */
export function compile(value: object): Compiled | undefined {
  let json = toJson(value);
  if (json === undefined) return undefined;
  // Half a pair is all that JSON.stringify ever writes as \ud…; elsewhere `\ud` can only follow another backslash.
  if (json.includes('\\ud')) json = json.replace(escapes, replaceHalf);
  return { json, bytes: Buffer.byteLength(json) };
}

const escapes = /\\(?:u[0-9a-f]{4}|.)/g;

function replaceHalf(escape: string): string {
  return escape.startsWith('\\ud') ? '\u{fffd}' : escape;
}
