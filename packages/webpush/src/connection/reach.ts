import { isGlob, reachProblem } from '@carillon/core';
import type { ReachedPlace } from '@carillon/core';
import { addressOf, ForbiddenAddress, reach } from '@carillon/sending';
import { dial } from './dial.ts';
import type { DialOptions } from './dial.ts';
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
  return Promise.all(origins.map((url) => reachOne(url, options)));
}

async function reachOne(url: URL, options: DialOptions): Promise<ReachedPlace> {
  const target = { ...addressOf(url), named: true, proxyResolves: true };
  try {
    return await reach(url.origin, () => dial(target, options, new AbortController().signal));
  } catch (error) {
    if (!(error instanceof ForbiddenAddress)) throw error;
    return {
      origin: url.origin,
      problem: reachProblem({ step: 'connect', code: 'address_forbidden' }),
    };
  }
}
