import http from 'node:http';
import type net from 'node:net';

/** One POST on a connection of its own; resolves with the status of the answer. */
export function post(
  socket: net.Socket,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = http.request({
    method: 'POST',
    path,
    headers: { ...headers, connection: 'close' },
    createConnection: () => socket,
  });
  request.once('response', (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
