import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HostPort } from '../config/values/address.ts';
import { createHostCheck } from './asked-host.ts';
import { listen } from './listen.ts';
import { changeLogLevel, logLevels, type LogControl } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Readiness } from './readiness.ts';

/** The private listener of a process: what Prometheus, Kubernetes and people at night ask it. */
export interface OpsListener {
  readonly address: HostPort;
  close(): Promise<void>;
}

export interface OpsOptions {
  readonly listen: HostPort;
  /** The section of the configuration that `ops_listen` and `ops_hosts` stand in, for what is said of them. */
  readonly section: 'ingress' | 'worker';
  /** Names that it may be asked for by, besides those that no web page can have (`asked-host.ts`). */
  readonly hosts: readonly string[];
  readonly metrics: Pick<Metrics, 'expose'>;
  readonly readiness: Pick<Readiness, 'missing'>;
  readonly logControl: LogControl;
  /** Further pages that are read, by path: each answers with JSON. */
  readonly pages?: Readonly<Record<string, () => object>>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Page = (request: IncomingMessage) => Answer | Promise<Answer>;

/** The answers of one path. HEAD is answered as GET, without the body. */
interface Resource {
  readonly get: Page;
  readonly put?: Page;
}

/**
 * | request          | answer                                                                            |
 * |------------------|-----------------------------------------------------------------------------------|
 * | `GET /metrics`   | 200, the Prometheus text format; `carillon-process` names the process             |
 * | `GET /health`    | 200 while the process lives                                                       |
 * | `GET /ready`     | 200, or 503 with the names of what is missing                                     |
 * | `GET /log/level` | 200, the level of the log                                                         |
 * | `PUT /log/level` | 200: the body, a level such as `debug`, is the level from now on; 400 for another |
 * | `GET` of a further page | 200, JSON |
 * | any, by a name that a web page may have | 403 |
 *
 * Throws an `OperatorError` if it cannot listen. To be started first and closed last, so that a process can be
 * watched while it starts and stops.
 */
export async function startOps({
  listen: at,
  section,
  hosts,
  metrics,
  readiness,
  logControl,
  pages = {},
}: OpsOptions): Promise<OpsListener> {
  const { log } = logControl;
  const resources: Readonly<Record<string, Resource>> = {
    '/metrics': {
      async get() {
        const { contentType, text, processId } = await metrics.expose();
        return { status: 200, contentType, text, headers: { 'carillon-process': processId } };
      },
    },
    '/health': { get: () => json(200, { status: 'ok' }) },
    '/ready': {
      get() {
        const missing = readiness.missing();
        return json(missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing });
      },
    },
    ...Object.fromEntries(
      Object.entries(pages).map(([path, read]) => [path, { get: () => json(200, read()) }]),
    ),
    '/log/level': {
      get: () => json(200, { level: log.level }),
      async put(request) {
        const word = (await readWord(request))?.toLowerCase();
        const level = logLevels.find((one) => one === word);
        if (level === undefined)
          return json(400, { error: `the body must be one of ${logLevels.join(', ')}` });
        changeLogLevel(logControl, level, request.socket.remoteAddress ?? 'unknown');
        return json(200, { level });
      },
    },
  };

  const isHostAllowed = createHostCheck(hosts);
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    if (!isHostAllowed(request.headers.host))
      return json(403, { error: `this name is not among those of ${section}.ops_hosts` });
    const [path = ''] = (request.url ?? '').split('?');
    const resource = Object.hasOwn(resources, path) ? resources[path] : undefined;
    if (resource === undefined) return json(404, { error: `there are ${Object.keys(resources).join(', ')}` });
    const page = request.method === 'PUT' ? resource.put : isRead(request) ? resource.get : undefined;
    if (page === undefined) {
      const allow = resource.put === undefined ? 'GET, HEAD' : 'GET, HEAD, PUT';
      return { ...json(405, { error: `${allow} only` }), headers: { allow } };
    }
    try {
      return await page(request);
    } catch (error) {
      log.error({ err: error, path }, 'the ops listener failed');
      return json(500, { error: 'failed, see the log' });
    }
  };

  // Node looks every 30 s by itself, so long would slow connections stay.
  const patience = { requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };
  const server = createServer(patience, (request, response) => {
    void answer(request).then((result) => send(response, result)); // `answer` never rejects
  });
  const address = await listen(server, `${section}.ops_listen`, at);
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

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

/** Longer than any word that is expected here. */
const maxWordBytes = 256;

/** The body as one word, in quotes or not; undefined for a longer text. */
async function readWord(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  // Left open when it is too long, or the answer could not be sent.
  for await (const chunk of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length > maxWordBytes) return undefined;
  }
  return text.trim().replace(/^"(.*)"$/, '$1');
}

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json', text: `${JSON.stringify(body)}\n` };
}

function send(response: ServerResponse, { status, contentType, text, headers }: Answer): void {
  response.req.resume(); // what no page has read
  response
    .writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...headers,
    })
    .end(text);
}
