import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { DialError } from './dial-error.ts';

/**
 * A way through an HTTP proxy: `CONNECT host:port` (RFC 9110, section 9.3.6). Throws a `DialError` when the proxy
 * cannot be reached, refuses, or is silent until `signal` ends the wait.
 *
 * node-apn has one of its own, which knows no password, takes any answer for a yes, and remembers a failure for
 * ever; it is never told of the proxy.
 */
export function openTunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const user = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
    method: 'CONNECT',
    path: target,
    headers: {
      host: target,
      ...(user !== '' && { 'proxy-authorization': `Basic ${credentials}` }),
    },
    agent: false,
    signal,
  });

  return new Promise((resolve, reject) => {
    request.once('connect', (response, socket: Duplex, head: Buffer) => {
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusal(statusCode));
    });
    // A proxy that refuses may do so with an ordinary answer.
    request.once('response', (response) => {
      response.destroy();
      reject(refusal(response.statusCode ?? 0));
    });
    request.once('error', (error) =>
      reject(new DialError('proxy_failed', signal.aborted ? 'ETIMEDOUT' : codeOf(error))),
    );
    request.end();
  });
}

function refusal(status: number): DialError {
  return new DialError(status === 407 ? 'proxy_credentials' : 'proxy_failed', `HTTP ${status}`);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}
