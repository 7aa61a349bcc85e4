import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** RFC 7914 with 32 MiB and some 100 ms for each try: what OWASP's password storage cheat sheet asks of scrypt with r = 8, p = 3. */
const cost = { N: 2 ** 15, r: 8, p: 3 } as const;
const keyBytes = 32;
const saltBytes = 16;

/** A user and how to tell the password, as a line of the password file has them: `alice:scrypt:SALT:KEY`. */
export interface PasswordEntry {
  readonly user: string;
  readonly salt: Buffer;
  readonly key: Buffer;
}

export const userPattern = /^[\w.@+-]{1,64}$/;

/** The line for the password file. */
export async function passwordLine(user: string, password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt);
  return `${user}:scrypt:${salt.toString('base64url')}:${key.toString('base64url')}`;
}

/** The lines of a password file; a number is that of a line that is none. Empty lines and those with `#` are passed over. */
export function readPasswordFile(text: string): ReadonlyMap<string, PasswordEntry> | number {
  const entries = new Map<string, PasswordEntry>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, user = '', salt = '', key = ''] = /^([^:]+):scrypt:([\w-]+):([\w-]+)$/.exec(line) ?? [];
    const entry = { user, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
    const isWhole = entry.salt.length === saltBytes && entry.key.length === keyBytes;
    if (!userPattern.test(user) || !isWhole || entries.has(user)) return index + 1;
    entries.set(user, entry);
  }
  return entries;
}

/** Whether it is the user's password. Takes as long for a user that there is not, so that nobody learns which there are. */
export async function isPasswordOf(entry: PasswordEntry | undefined, password: string): Promise<boolean> {
  const key = await derive(password, entry?.salt ?? Buffer.alloc(saltBytes));
  return entry !== undefined && timingSafeEqual(key, entry.key);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 64 * 2 ** 20 };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => {
    if (error === null) resolve(key);
    else reject(error);
  });
  return promise;
}
