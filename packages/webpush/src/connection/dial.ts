import net from 'node:net';
import type tls from 'node:tls';
import { checkedAddresses, dialTls } from '@carillon/sending';
import type { Address, AddressRules, Resolve } from '@carillon/sending';

export interface DialTarget extends Address {
  /** The operator wrote the name or the site it is of: it is looked up as every program of the machine does it. */
  readonly named: boolean;
  /** No client can choose where the name leads, so that a proxy may look it up. */
  readonly proxyResolves: boolean;
}

export interface DialOptions {
  readonly addresses: AddressRules;
  readonly resolve: Resolve;
  readonly secureContext: tls.SecureContext;
  /** HTTP CONNECT proxy, user and password included. */
  readonly proxy: URL | undefined;
  readonly timeoutMs: number;
}

/** A TLS connection to a host that a client chose. Rejects with a `DialError` or a `ForbiddenAddress`. */
export function dial(target: DialTarget, options: DialOptions, stop: AbortSignal): Promise<tls.TLSSocket> {
  const { host, port, named, proxyResolves } = target;
  const { addresses, resolve, proxy, ...rest } = options;
  const leftToProxy = proxy !== undefined && proxyResolves && net.isIP(host) === 0;
  return dialTls(
    { host, port },
    {
      ...rest,
      proxy,
      alpn: ['http/1.1'],
      signal: stop,
      resolve: leftToProxy
        ? undefined
        : (deadline) => checkedAddresses(host, addresses, (name) => resolve(name, named), deadline),
    },
  );
}
