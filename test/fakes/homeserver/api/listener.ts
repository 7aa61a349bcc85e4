import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { badJson, MatrixError } from './matrix-error.ts';
import type { Route } from './routes.ts';

export interface Listener extends AsyncDisposable {
  readonly url: string;
}

const maxBodyBytes = 1_048_576;

/** Serves the routes, with Matrix' errors for everything else, and to web pages of any origin. */
export async function listen(routes: readonly Route[], host: string, port: number): Promise<Listener> {
  const server = createServer((request, response) => void answer(routes, request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const { address, port: actual } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${actual}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of cors) response.setHeader(name, value);
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  try {
    end(response, 200, await handled(routes, request));
  } catch (error) {
    if (!(error instanceof MatrixError)) {
      process.stderr.write(`${String((error as Error).stack)}\n`);
      return end(response, 500, { errcode: 'M_UNKNOWN', error: 'Internal server error' });
    }
    const { retry_after_ms: waitMs } = error.more;
    if (typeof waitMs === 'number') response.setHeader('Retry-After', Math.ceil(waitMs / 1_000));
    end(response, error.status, error.body);
  }
}

async function handled(routes: readonly Route[], request: IncomingMessage): Promise<object> {
  // Some paths, such as `//`, are no part of a URL.
  const url = URL.parse(request.url ?? '', 'http://localhost');
  const here = routes.filter(({ path }) => path === url?.pathname);
  const route = here.find(({ method }) => method === request.method);
  if (url === null || route === undefined)
    throw new MatrixError(here.length === 0 ? 404 : 405, 'M_UNRECOGNIZED', 'Unrecognized request');
  const body = await readBody(request);
  return route.handle({
    query: url.searchParams,
    authorization: request.headers.authorization,
    json: () => jsonObject(body),
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes)
    throw new MatrixError(413, 'M_TOO_LARGE', `A body has at most ${maxBodyBytes} bytes`);
  return Buffer.concat(chunks);
}

function jsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new MatrixError(400, 'M_NOT_JSON', 'The body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badJson('The body must be a JSON object');
  return { ...value };
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** For clients in a browser. */
const cors: readonly (readonly [string, string])[] = [
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
  ['Access-Control-Allow-Headers', 'X-Requested-With, Content-Type, Authorization, Date'],
];
