import http from 'node:http';
import type net from 'node:net';
import { authorityOf } from './address.ts';
import type { Address } from './address.ts';
import { codeOf, DialError } from './dial-error.ts';

/**
 * A way through an HTTP proxy that `socket` is connected to: `CONNECT host:port` (RFC 9110, section 9.3.6). Rejects
 * with a `DialError` when the proxy refuses, speaks something else, or is silent until the deadline.
 */
export function openTunnel(
  socket: net.Socket,
  to: Address,
  proxy: URL,
  deadline: AbortSignal,
): Promise<net.Socket> {
  const authority = authorityOf(to);
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const fail = (error: DialError): void => {
    socket.destroy();
    reject(error);
  };
  const refuse = ({ statusCode = 0 }: http.IncomingMessage): void =>
    fail(new DialError(statusCode === 407 ? 'proxy_credentials' : 'proxy_failed', `HTTP ${statusCode}`));
  const onDeadline = (): void => fail(new DialError('proxy_failed', 'ETIMEDOUT'));
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    createConnection: () => socket,
  });
  request.once('connect', (response: http.IncomingMessage, tunnel: net.Socket, head: Buffer) => {
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) {
      refuse(response);
      return;
    }
    if (head.length > 0) tunnel.unshift(head);
    resolve(tunnel);
  });
  request.once('response', refuse); // a proxy that refuses may do so with an ordinary answer
  request.on('error', (error) => fail(new DialError('proxy_failed', codeOf(error))));
  deadline.addEventListener('abort', onDeadline, { once: true });
  if (deadline.aborted) onDeadline();
  request.end();
  return promise.finally(() => deadline.removeEventListener('abort', onDeadline));
}

function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
