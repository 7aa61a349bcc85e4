import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notifyPath } from './pushing/gateway.ts';

/** An answer, or how there is none. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang up';

export interface Received {
  readonly head: IncomingMessage;
  readonly body: string;
  readonly json: unknown;
  /** `performance.now()`. */
  readonly at: number;
}

export interface RecordingGateway extends AsyncDisposable {
  /** Where pushers are to point. */
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections so far. */
  readonly connections: number;
}

export const accepted: Answer = { status: 200, body: '{"rejected":[]}' };

/** A push gateway that keeps what it gets, and answers as told: at first in that order, then that all is well. */
export async function startRecordingGateway(...answers: readonly Answer[]): Promise<RecordingGateway> {
  const received: Received[] = [];
  const queue = [...answers];
  let connections = 0;
  const server = createServer((head, response) => {
    let body = '';
    head.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    head.on('end', () => {
      received.push({ head, body, json: JSON.parse(body) as unknown, at: performance.now() });
      const answer = queue.shift() ?? accepted;
      if (answer === 'hang up') head.socket.destroy();
      else response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
    });
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}${notifyPath}`,
    received,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
