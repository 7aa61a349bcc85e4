import { isGlob, reachProblem } from '@carillon/core';
import type { DialFailure, ReachedPlace } from '@carillon/core';
import { dial, DialError } from './dial.ts';
import type { DialFault, DialOptions } from './dial.ts';
import { endpointPattern } from './endpoint-rules.ts';

/** The origins among `allowed_endpoints` that are written out; what a glob stands for only clients know. */
export function namedOrigins(allowed: readonly string[]): readonly URL[] {
  return allowed.flatMap((entry) => {
    const { host = '', port = '443' } = endpointPattern.exec(entry)?.groups ?? {};
    return isGlob(host) || isGlob(port) ? [] : [new URL(`https://${host}:${port}`)];
  });
}

/** Makes a connection to each origin as sends do, and hangs up. */
export function reachAll(origins: readonly URL[], options: DialOptions): Promise<readonly ReachedPlace[]> {
  return Promise.all(origins.map((origin) => reach(origin, options)));
}

async function reach({ origin, hostname, port }: URL, options: DialOptions): Promise<ReachedPlace> {
  const target = {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 443 : Number(port),
    named: true,
  };
  try {
    const socket = await dial(target, options, new AbortController().signal);
    socket.destroy();
    return { origin };
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    return { origin, problem: reachProblem({ step: steps[error.fault], code: error.code }) };
  }
}

const steps: Readonly<Record<DialFault, DialFailure['step']>> = {
  address_forbidden: 'connect',
  dns_failed: 'connect',
  connect_failed: 'connect',
  tls_failed: 'tls',
  proxy_failed: 'proxy',
};
