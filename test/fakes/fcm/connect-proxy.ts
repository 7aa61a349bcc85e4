import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** An HTTP proxy that opens tunnels and does nothing else. */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: URL;
  /** `host:port` of each tunnel that was asked for, refused ones included. */
  readonly asked: readonly string[];
}

export interface ConnectProxyOptions {
  /** `user:password` that it wants; without, it lets everybody through. */
  readonly credentials?: string;
  /** Answers every CONNECT with this status. */
  readonly refuseWith?: number;
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  const wanted =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(options.credentials).toString('base64')}`;
  const server = http.createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    const authority = request.url ?? '';
    asked.push(authority);
    const status =
      wanted !== undefined && request.headers['proxy-authorization'] !== wanted ? 407 : options.refuseWith;
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${authority}`);
    const target = net.connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    target.on('error', () => client.end('HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n'));
    target.once('close', () => client.destroy());
    client.once('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listens on TCP, so it has one
  return {
    url: new URL(
      `http://${options.credentials === undefined ? '' : `${options.credentials}@`}127.0.0.1:${port}`,
    ),
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
