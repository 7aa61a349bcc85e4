import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';

/** How connections to one place are made. */
export interface DialOptions {
  /** `https:` gets TLS, `http:` none. */
  readonly origin: URL;
  /** Protocols offered by ALPN. */
  readonly alpn: readonly string[];
  /** Which authorities are trusted; the usual ones if absent. */
  readonly secureContext?: tls.SecureContext;
  /** HTTP CONNECT proxy, user and password included. */
  readonly proxy?: URL;
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal?: AbortSignal;
}

export type DialFault = 'dns_failed' | 'connect_failed' | 'tls_failed' | 'proxy_failed';

/** A connection that could not be made. Nothing was sent. */
export class DialError extends Error {
  readonly fault: DialFault;
  /** Safe to log: an error code of the system, or what the proxy said. */
  readonly code: string;

  constructor(fault: DialFault, code: string) {
    super(`${fault}: ${code}`);
    this.name = 'DialError';
    this.fault = fault;
    this.code = code;
  }
}

/**
 * Opens a connection: TCP, the proxy's tunnel where there is a proxy, TLS where the origin wants it. The name is
 * looked up anew each time, since Google moves its front ends. Rejects with a `DialError`, and with nothing else.
 */
export async function dial(options: DialOptions): Promise<net.Socket> {
  const { origin, proxy, signal, timeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const deadline = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const target = addressOf(origin);
  if (proxy === undefined) {
    const socket = await connectTcp(target, deadline);
    return origin.protocol === 'https:' ? startTls(socket, target.host, options, deadline) : socket;
  }
  let hop = await connectTcp(addressOf(proxy), deadline, 'proxy_failed');
  if (proxy.protocol === 'https:') hop = await startTls(hop, addressOf(proxy).host, {}, deadline);
  const tunnel = await openTunnel(hop, target, proxy, deadline);
  return origin.protocol === 'https:' ? startTls(tunnel, target.host, options, deadline) : tunnel;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export function addressOf({ protocol, hostname, port }: URL): Address {
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

const lookupErrors: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);

function connectTcp(address: Address, deadline: AbortSignal, fault?: DialFault): Promise<net.Socket> {
  const socket = net.connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  return settled(socket, 'connect', deadline, (code) =>
    lookupErrors.has(code) ? 'dns_failed' : (fault ?? 'connect_failed'),
  );
}

function startTls(
  socket: net.Socket,
  host: string,
  { alpn, secureContext }: Partial<DialOptions>,
  deadline: AbortSignal,
): Promise<net.Socket> {
  const secured = tls.connect({
    socket,
    host, // the certificate is checked against it where there is no name to send
    ...(net.isIP(host) === 0 && { servername: host }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(secureContext !== undefined && { secureContext }),
  });
  return settled(secured, 'secureConnect', deadline, () => 'tls_failed');
}

function openTunnel(
  socket: net.Socket,
  { host, port }: Address,
  proxy: URL,
  deadline: AbortSignal,
): Promise<net.Socket> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const fail = (code: string): void => {
    socket.destroy();
    reject(new DialError('proxy_failed', code));
  };
  const onDeadline = (): void => fail('ETIMEDOUT');
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
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
  // An answer other than 2xx comes as a response.
  request.once('response', (response) => fail(`HTTP ${response.statusCode}`));
  request.once('error', (error) => fail(codeOf(error)));
  deadline.addEventListener('abort', onDeadline, { once: true });
  request.end();
  return promise.finally(() => deadline.removeEventListener('abort', onDeadline));
}

function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Waits for a socket's event, or destroys it and rejects with the fault that its error means. */
function settled(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  deadline: AbortSignal,
  faultOf: (code: string) => DialFault,
): Promise<net.Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const fail = (code: string): void => {
    socket.destroy();
    reject(new DialError(faultOf(code), code));
  };
  const onEvent = (): void => resolve(socket);
  const onError = (error: Error): void => fail(codeOf(error));
  const onClose = (): void => fail('ECONNRESET');
  const onDeadline = (): void => fail('ETIMEDOUT');
  socket.once(event, onEvent).once('error', onError).once('close', onClose);
  deadline.addEventListener('abort', onDeadline, { once: true });
  if (deadline.aborted) onDeadline();
  return promise.finally(() => {
    socket.off(event, onEvent).off('close', onClose);
    deadline.removeEventListener('abort', onDeadline);
    // The error listener stays until the next owner has its own: between the two an error must not be fatal.
    socket.on('error', ignore);
    socket.off('error', onError);
  });
}

function ignore(): void {
  // An error is followed by `close`, which whoever uses the socket hears.
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}
