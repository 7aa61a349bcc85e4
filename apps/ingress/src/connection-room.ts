import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds how many connections a server has, so that the process stays small (invariant 13). When there is one too many, the
 * one goes that has been without a request longest: strangers who hold connections, idle or in the middle of their headers,
 * keep nobody out (invariant 14).
 */
export function limitConnections(server: Server, max: number): void {
  /** Without a request under way, the longest first. */
  const waiting = new Set<Socket>();
  let count = 0;

  server.on('connection', (socket: Socket) => {
    count += 1;
    waiting.add(socket);
    socket.once('close', () => {
      count -= 1;
      waiting.delete(socket);
    });
    if (count <= max) return;
    const [longest = socket] = waiting;
    waiting.delete(longest);
    longest.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}
