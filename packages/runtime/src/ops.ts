import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ProviderLog } from '@carillon/core';
import type { HostPort } from './config/address.ts';
import { listen } from './listen.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Readiness } from './readiness.ts';

/** The private listener of a process: what Prometheus, Kubernetes and people at night ask it. */
export interface OpsListener {
  readonly address: HostPort;
  close(): Promise<void>;
}

export interface OpsOptions {
  readonly listen: HostPort;
  /** The key of `listen`, such as `ingress.ops_listen`, for the error if the port is taken. */
  readonly setting: string;
  readonly metrics: Pick<Metrics, 'expose'>;
  readonly readiness: Pick<Readiness, 'missing'>;
  readonly log: Pick<ProviderLog, 'error'>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * | request        | answer                                                                              |
 * |----------------|-------------------------------------------------------------------------------------|
 * | `GET /metrics` | 200, the Prometheus text format                                                     |
 * | `GET /health`  | 200 while the process lives                                                         |
 * | `GET /ready`   | 200, or 503 with the names of what is missing                                       |
 *
 * Throws an `OperatorError` if it cannot listen. To be started first and closed last, so that a process can be
 * watched while it starts and stops.
 */
export async function startOps({
  listen: at,
  setting,
  metrics,
  readiness,
  log,
}: OpsOptions): Promise<OpsListener> {
  const pages: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/metrics': async () => {
      const { contentType, text } = await metrics.expose();
      return { status: 200, contentType, text };
    },
    '/health': () => json(200, { status: 'ok' }),
    '/ready': () => {
      const missing = readiness.missing();
      return json(missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing });
    },
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const [path = ''] = (request.url ?? '').split('?');
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return json(404, { error: `there are ${Object.keys(pages).join(', ')}` });
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { ...json(405, { error: 'GET and HEAD only' }), headers: { allow: 'GET, HEAD' } };
    try {
      return await page();
    } catch (error) {
      log.error({ err: error, path }, 'the ops listener failed');
      return json(500, { error: 'failed, see the log' });
    }
  };

  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    request.resume();
    void answer(request).then((result) => send(response, result)); // `answer` never rejects
  });
  const address = await listen(server, setting, at);
  return {
    address,
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json', text: `${JSON.stringify(body)}\n` };
}

function send(response: ServerResponse, { status, contentType, text, headers }: Answer): void {
  response
    .writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...headers,
    })
    .end(text);
}
