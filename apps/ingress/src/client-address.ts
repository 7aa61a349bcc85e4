import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6, type Socket } from 'node:net';
import { createAddressRanges } from '@carillon/runtime';

/**
 * Whom a request counts for: the address of the connection, or where that is a trusted proxy's, the last address of
 * `X-Forwarded-For` that is none. A home or a machine has a whole /64 of IPv6, so that stands for it.
 */
export type ClientAddress = (request: IncomingMessage) => string;

/** `trusted`: addresses and CIDRs. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const isProxy = createAddressRanges(trusted);

  /** Of connections that are no proxy's: they have one address for all of their requests. */
  const direct = new WeakMap<Socket, string>();

  return ({ socket, headers }) => {
    const known = direct.get(socket);
    if (known !== undefined) return known;
    let address = plainAddress(socket.remoteAddress ?? '') ?? '';
    if (address !== '' && !isProxy(address)) {
      const caller = isIPv6(address) ? networkOf(address) : address;
      direct.set(socket, caller);
      return caller;
    }
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    while (isProxy(address)) {
      const before = plainAddress(forwarded.pop()?.trim() ?? '');
      if (before === undefined) break; // nothing, or what no proxy writes: the one that passed it on answers for it
      address = before;
    }
    return isIPv6(address) ? networkOf(address) : address;
  };
}

/** Without the port that some proxies write (`192.0.2.1:4711`, `[2001:db8::1]:4711`) and without what maps IPv4 into IPv6. */
function plainAddress(text: string): string | undefined {
  const [, bracketed, withPort] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = (bracketed ?? withPort ?? text).replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

/** The first four groups of an IPv6 address. */
function networkOf(address: string): string {
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`); // in its one canonical form
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const behind = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = Array.from({ length: 8 - groups.length - behind.length }, () => '0');
  return `${[...groups, ...zeros, ...behind].slice(0, 4).join(':')}::/64`;
}
