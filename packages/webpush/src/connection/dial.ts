import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { AddressRules } from './address-rules.ts';
import type { Resolve } from './resolver.ts';

export type DialFault = 'address_forbidden' | 'dns_failed' | 'connect_failed' | 'tls_failed' | 'proxy_failed';

/** A connection that could not be made. Nothing was sent. */
export class DialError extends Error {
  readonly fault: DialFault;
  /** An error code of the system, or what the proxy said; empty where there is none. */
  readonly code: string;

  constructor(fault: DialFault, code = '') {
    super(fault);
    this.name = 'DialError';
    this.fault = fault;
    this.code = code;
  }
}

/** Where to: the host of an endpoint, without brackets. */
export interface DialTarget {
  readonly hostname: string;
  readonly port: number;
  /** The operator wrote the name, so a proxy may resolve it. */
  readonly named: boolean;
}

export interface DialOptions {
  readonly addresses: AddressRules;
  readonly resolve: Resolve;
  readonly secureContext?: tls.SecureContext;
  /** HTTP CONNECT proxy, user and password included. */
  readonly proxy?: URL;
  readonly timeoutMs: number;
}

/**
 * Opens a TLS connection to a host that a client chose. The addresses are looked up anew for each connection,
 * every one of them is checked, and the socket goes to what was checked: no second look-up can change them
 * (DNS rebinding). Rejects with a `DialError`, and with nothing else.
 */
export async function dial(
  target: DialTarget,
  options: DialOptions,
  stop: AbortSignal,
): Promise<tls.TLSSocket> {
  const deadline = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), stop]);
  const { proxy } = options;
  if (proxy === undefined) {
    const addresses = await checkedAddresses(target, options, deadline);
    return startTls(await connectTo(addresses, target, deadline), target.hostname, options, deadline);
  }
  // A proxy resolves only names that the operator wrote. For others it gets an address that was checked here.
  const isName = net.isIP(target.hostname) === 0;
  const host =
    target.named && isName
      ? target.hostname
      : ((await checkedAddresses(target, options, deadline))[0] ?? target.hostname);
  const hop = await connectToProxy(proxy, deadline);
  const tunnel = await openTunnel(hop, { host, port: target.port }, proxy, deadline);
  return startTls(tunnel, target.hostname, options, deadline);
}

/** All addresses of the host. One that is forbidden among them spoils the rest: no push service has such. */
async function checkedAddresses(
  { hostname, named }: DialTarget,
  { addresses: rules, resolve }: DialOptions,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  const addresses = net.isIP(hostname) === 0 ? await lookUp(hostname, named, resolve, deadline) : [hostname];
  if (addresses.length === 0) throw new DialError('dns_failed');
  if (!addresses.every((address) => rules.allows(address)))
    throw new DialError('address_forbidden', 'address_forbidden');
  return addresses;
}

async function lookUp(
  hostname: string,
  named: boolean,
  resolve: Resolve,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onDeadline = (): void => reject(new DialError('dns_failed', 'ETIMEDOUT'));
  deadline.addEventListener('abort', onDeadline, { once: true });
  try {
    return await Promise.race([resolve(hostname, named), promise]);
  } catch (error) {
    throw error instanceof DialError ? error : new DialError('dns_failed', codeOf(error) || 'ENOTFOUND');
  } finally {
    deadline.removeEventListener('abort', onDeadline);
  }
}

function connectTo(
  addresses: readonly string[],
  { hostname, port }: DialTarget,
  deadline: AbortSignal,
): Promise<net.Socket> {
  const answers = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const socket = net.connect({
    host: hostname,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Not called for an address, which was checked above like any other.
    lookup: (_hostname, { all }, callback) => {
      const [first] = answers;
      if (all === true) callback(null, answers);
      else callback(null, first?.address ?? '', first?.family);
    },
  });
  return settled(socket, 'connect', 'connect_failed', deadline);
}

async function connectToProxy(proxy: URL, deadline: AbortSignal): Promise<net.Socket> {
  const secure = proxy.protocol === 'https:';
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = proxy.port === '' ? (secure ? 443 : 80) : Number(proxy.port);
  const socket = await settled(
    net.connect({ host, port, noDelay: true }),
    'connect',
    'proxy_failed',
    deadline,
  );
  return secure ? startTls(socket, host, {}, deadline, 'proxy_failed') : socket;
}

function startTls(
  socket: net.Socket,
  host: string,
  { secureContext }: Pick<DialOptions, 'secureContext'>,
  deadline: AbortSignal,
  fault: DialFault = 'tls_failed',
): Promise<tls.TLSSocket> {
  const secured = tls.connect({
    socket,
    host, // the certificate is checked against it where there is no name to send
    ...(net.isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['http/1.1'],
    ...(secureContext !== undefined && { secureContext }),
  });
  return settled(secured, 'secureConnect', fault, deadline);
}

function openTunnel(
  socket: net.Socket,
  { host, port }: { readonly host: string; readonly port: number },
  { username, password }: URL,
  deadline: AbortSignal,
): Promise<net.Socket> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const fail = (code: string): void => {
    socket.destroy();
    reject(new DialError('proxy_failed', code));
  };
  const onDeadline = (): void => fail('ETIMEDOUT');
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(pair !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }),
    },
    createConnection: () => socket,
  });
  request.once('connect', (response: http.IncomingMessage, tunnel: net.Socket, head: Buffer) => {
    if (response.statusCode !== 200) {
      fail(`HTTP ${response.statusCode}`);
      return;
    }
    if (head.length > 0) tunnel.unshift(head);
    resolve(tunnel);
  });
  request.once('response', (response) => fail(`HTTP ${response.statusCode}`)); // an answer other than 2xx
  request.on('error', (error) => fail(codeOf(error)));
  deadline.addEventListener('abort', onDeadline, { once: true });
  request.end();
  return promise.finally(() => deadline.removeEventListener('abort', onDeadline));
}

/** Waits for a socket's event, or destroys it and rejects with the fault. */
function settled<Socket extends net.Socket>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  fault: DialFault,
  deadline: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const onEvent = (): void => resolve(socket);
  const fail = (code: string): void => {
    socket.destroy();
    reject(new DialError(fault, code));
  };
  const onClose = (): void => fail('ECONNRESET');
  const onDeadline = (): void => fail('ETIMEDOUT');
  const onError = (error: Error): void => fail(codeOf(error));
  socket.once(event, onEvent).once('close', onClose).once('error', onError);
  // Stays: between this owner and the next an error must not be fatal, and `close` follows it.
  socket.on('error', ignore);
  deadline.addEventListener('abort', onDeadline, { once: true });
  if (deadline.aborted) onDeadline();
  return promise.finally(() => {
    socket.off(event, onEvent).off('close', onClose).off('error', onError);
    deadline.removeEventListener('abort', onDeadline);
  });
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : '';
}

function ignore(): void {
  // `close` follows, and decides.
}
