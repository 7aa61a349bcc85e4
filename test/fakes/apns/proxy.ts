import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP proxy that only knows CONNECT. */
export interface FakeProxy extends AsyncDisposable {
  /** With the credentials it wants, if it wants any. */
  readonly url: URL;
  readonly port: number;
  /** `host:port` of each CONNECT, the refused ones included. */
  readonly targets: readonly string[];
  /** Tunnels that stand. */
  readonly open: number;
  /** Ends all tunnels and stops listening; CONNECTs are refused by the operating system from then on. */
  stop(): Promise<void>;
}

export interface FakeProxyOptions {
  readonly port?: number;
  /** `user:password`; others get 407. */
  readonly credentials?: string;
  /** What to answer instead of opening the way: a status, or nothing at all. */
  readonly answer?: () => number | 'silence' | undefined;
}

export async function startFakeProxy({
  port = 0,
  credentials,
  answer,
}: FakeProxyOptions = {}): Promise<FakeProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const tunnels = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a client that goes away is no trouble of the proxy's
    socket.once('close', () => sockets.delete(socket));
  });

  server.on('connect', (request, client: Socket, head: Buffer) => {
    targets.push(String(request.url));
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    const status =
      wanted === undefined || request.headers['proxy-authorization'] === wanted ? answer?.() : 407;
    if (status === 'silence') {
      client.resume(); // only to see when the client gives up
      return;
    }
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }

    const { hostname, port: targetPort } = new URL(`tcp://${request.url}`);
    const target = connect(Number(targetPort), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    tunnels.add(client);
    target.on('error', () => client.destroy());
    target.once('close', () => client.destroy());
    client.once('close', () => {
      tunnels.delete(client);
      target.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const actual = (server.address() as AddressInfo).port;

  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: new URL(`http://${credentials === undefined ? '' : `${credentials}@`}127.0.0.1:${actual}`),
    port: actual,
    targets,
    get open() {
      return tunnels.size;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
