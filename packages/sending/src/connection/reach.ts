import type net from 'node:net';
import { reachProblem } from '@carillon/core';
import type { DialFailure, ReachedPlace } from '@carillon/core';
import { DialError } from './dial-error.ts';
import type { DialFault } from './dial-error.ts';

/** Makes a connection as sends do and hangs up. The other side sees no request, and so does not judge us. */
export async function reach(origin: string, dial: () => Promise<net.Socket>): Promise<ReachedPlace> {
  try {
    (await dial()).destroy();
    return { origin };
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    return { origin, problem: reachProblem({ step: steps[error.fault], code: error.code }) };
  }
}

const steps: Readonly<Record<DialFault, DialFailure['step']>> = {
  dns_failed: 'connect',
  connect_failed: 'connect',
  tls_failed: 'tls',
  proxy_failed: 'proxy',
  proxy_credentials: 'proxy',
};
