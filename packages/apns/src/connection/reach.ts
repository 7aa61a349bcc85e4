import { reachProblem } from '@carillon/core';
import type { DialFailure, ReachedPlace } from '@carillon/core';
import { DialError } from './dial-error.ts';
import { dial, silentTls } from './dial.ts';
import type { Destination } from './dial.ts';
import type { ConnectionFault } from '../answers/other-answers.ts';

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
    const { fault, code } = error;
    const how: DialFailure =
      code === silentTls ? { step: 'tls', code: 'ETIMEDOUT' } : { step: steps[fault] ?? 'connect', code };
    return { origin, problem: reachProblem(how) };
  }
}

const steps: Readonly<Partial<Record<ConnectionFault, DialFailure['step']>>> = {
  proxy_failed: 'proxy',
  proxy_credentials: 'proxy',
  tls_failed: 'tls',
  not_http2: 'tls',
  client_certificate_refused: 'tls',
};
