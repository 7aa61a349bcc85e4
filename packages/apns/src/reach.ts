import type { ReachedPlace } from '@carillon/core';
import { DialError } from './connection/dial-error.ts';
import { dial } from './connection/dial.ts';
import type { Destination } from './connection/dial.ts';
import { rowOf } from './outcome-of.ts';

/** Makes a connection as sends do and hangs up. APNs sees no request, and so does not judge the credentials. */
export async function reach(
  origin: string,
  destination: Destination,
  timeoutMs: number,
): Promise<ReachedPlace> {
  try {
    const socket = await dial(destination, timeoutMs);
    socket.on('error', () => undefined); // it goes anyway
    socket.destroy();
    return { origin };
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    const { answer, meaning, cure = meaning } = rowOf(error.fault);
    return { origin, problem: { message: `${answer} (${error.code})`, cure } };
  }
}
