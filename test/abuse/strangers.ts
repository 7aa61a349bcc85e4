import { createHash } from 'node:crypto';

/** What an APNs stand-in sees of a stranger's pushkey begins so. */
const strangersPrefix = '5a5a';

/** A device token of a phone that nobody has, as a pushkey of an APNs app. */
export function strangersPushkey(name: string | number): string {
  const hash = createHash('sha256').update(`stranger ${name}`).digest('hex').slice(strangersPrefix.length);
  return Buffer.from(strangersPrefix + hash, 'hex').toString('base64');
}

/** Does something again and again, so many at a time, until the signal aborts. */
export async function again(
  signal: AbortSignal,
  atOnce: number,
  once: (count: number) => Promise<unknown>,
): Promise<void> {
  let count = 0;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) await once(count++);
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
}
