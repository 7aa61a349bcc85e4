import type { ReachedPlace } from '@carillon/core';
import { dial, DialError } from './dial.ts';
import { rowOfFault } from './outcome-of.ts';
import type { DialOptions } from './dial.ts';

/** Makes a connection to each origin as sends and token exchanges do, and hangs up. */
export function reachAll(
  urls: readonly URL[],
  options: Omit<DialOptions, 'origin' | 'alpn'>,
): Promise<readonly ReachedPlace[]> {
  const origins = new Set(urls.map(({ origin }) => origin));
  return Promise.all([...origins].map((origin) => reach(origin, options)));
}

async function reach(origin: string, options: Omit<DialOptions, 'origin' | 'alpn'>): Promise<ReachedPlace> {
  try {
    const socket = await dial({ ...options, origin: new URL(origin), alpn: ['h2', 'http/1.1'] });
    socket.destroy();
    return { origin };
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    const { answer, meaning, cure = meaning } = rowOfFault(error.fault);
    return { origin, problem: { message: `${answer} (${error.code})`, cure } };
  }
}
