import type net from 'node:net';
import type { SecureContext } from 'node:tls';
import { addressOf, dialPlain, dialTls } from '@carillon/sending';
import type { DialOptions } from '@carillon/sending';

/** Connects to an origin, with TLS and one of these protocols where it is `https:`. Rejects with a `DialError`. */
export type Dial = (
  origin: URL,
  alpn: readonly string[],
  options: Pick<DialOptions, 'timeoutMs' | 'signal'>,
) => Promise<net.Socket>;

export function createDial(secureContext: SecureContext, proxy: URL | undefined): Dial {
  return (origin, alpn, options) => {
    const to = addressOf(origin);
    const through = { ...options, proxy };
    return origin.protocol === 'https:'
      ? dialTls(to, { ...through, alpn, secureContext })
      : dialPlain(to, through);
  };
}
