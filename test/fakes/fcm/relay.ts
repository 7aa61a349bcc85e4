import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP relay in front of a server, which can stop forwarding without closing, as a frozen peer, or refuse. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing comes through, on connections there are and on new ones. */
  freeze(): void;
  /** Resets the connections there are, and each new one. */
  refuse(): void;
  /** New connections come through again; frozen ones stay frozen. */
  thaw(): void;
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  let frozen = false;
  let refusing = false;
  const keep = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = net.createServer((client) => {
    keep(client);
    if (refusing) client.resetAndDestroy();
    if (frozen || refusing) return;
    const target = net.connect(targetPort, '127.0.0.1');
    keep(target);
    client.pipe(target).pipe(client);
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, // listens on TCP, so it has one
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    refuse() {
      refusing = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    thaw() {
      frozen = false;
      refusing = false;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
