import { reachProblem } from '@carillon/core';
import type { DialFailure, ReachedPlace } from '@carillon/core';
import { dial, DialError } from './dial.ts';
import type { DialFault, DialOptions } from './dial.ts';

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
    const { fault, code } = error;
    // Through a proxy only the proxy's own name is looked up here.
    const step = fault === 'dns_failed' && options.proxy !== undefined ? 'proxy' : steps[fault];
    return { origin, problem: reachProblem({ step, code }) };
  }
}

const steps: Readonly<Record<DialFault, DialFailure['step']>> = {
  dns_failed: 'connect',
  connect_failed: 'connect',
  tls_failed: 'tls',
  proxy_failed: 'proxy',
};
