import net from 'node:net';
import tls from 'node:tls';
import { addressOf } from './address.ts';
import type { Address } from './address.ts';
import type { DialFault } from './dial-error.ts';
import { settled } from './settled.ts';
import { openTunnel } from './tunnel.ts';

export interface DialOptions {
  /** HTTP CONNECT proxy, user and password included. */
  readonly proxy?: URL | undefined;
  /** For names, TCP, proxy and TLS together. */
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal?: AbortSignal;
  /**
   * Looks the host up in place of the system, and gives no address that may not be connected to; a proxy is then asked
   * for the first address instead of the name. What it rejects with is what the dialling rejects with.
   */
  readonly resolve?: ((deadline: AbortSignal) => Promise<readonly string[]>) | undefined;
}

export interface TlsOptions {
  /** Whom we trust and, with a client certificate, who we are: the same through a proxy. */
  readonly secureContext: tls.SecureContext;
  /** Protocols offered by ALPN. */
  readonly alpn: readonly string[];
}

/** A TLS connection to `to`. Names are looked up anew each time, since providers move their front ends. */
export async function dialTls(to: Address, options: DialOptions & TlsOptions): Promise<tls.TLSSocket> {
  const deadline = deadlineOf(options);
  const socket = await openWay(to, options, deadline);
  const { host } = to;
  const secured = tls.connect({
    socket,
    host, // the certificate is checked against it where there is no name to send
    ...(net.isIP(host) === 0 && { servername: host }),
    ALPNProtocols: [...options.alpn],
    secureContext: options.secureContext,
  });
  return settled(secured, 'secureConnect', deadline, () => 'tls_failed');
}

/** The same without TLS, which only stand-ins take. */
export function dialPlain(to: Address, options: DialOptions): Promise<net.Socket> {
  return openWay(to, options, deadlineOf(options));
}

function deadlineOf({ timeoutMs, signal }: DialOptions): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
}

/** TCP to the host, or the proxy's tunnel. */
async function openWay(to: Address, options: DialOptions, deadline: AbortSignal): Promise<net.Socket> {
  const { proxy, resolve } = options;
  const addresses = await resolve?.(deadline);
  if (proxy === undefined) return connect(to, deadline, addresses);
  const hop = await connect(addressOf(proxy), deadline, undefined, () => 'proxy_failed');
  return openTunnel(hop, { ...to, host: addresses?.[0] ?? to.host }, proxy, deadline);
}

function connect(
  { host, port }: Address,
  deadline: AbortSignal,
  addresses?: readonly string[],
  faultOf: (code: string) => DialFault = faultOfConnecting,
): Promise<net.Socket> {
  const socket = net.connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...(addresses !== undefined && { lookup: lookupOf(addresses) }),
  });
  return settled(socket, 'connect', deadline, faultOf);
}

const lookupErrors: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);

function faultOfConnecting(code: string): DialFault {
  return lookupErrors.has(code) ? 'dns_failed' : 'connect_failed';
}

/** Node does not call it for a host that is an address already, which `resolve` has seen as well. */
function lookupOf(addresses: readonly string[]): net.LookupFunction {
  const answers = addresses.map((address) => ({ address, family: net.isIP(address) }));
  return (_hostname, { all }, callback) => {
    const [first] = answers;
    if (all === true) callback(null, answers);
    else callback(null, first?.address ?? '', first?.family);
  };
}
