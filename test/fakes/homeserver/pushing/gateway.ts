import http from 'node:http';
import https from 'node:https';
import { gunzipSync } from 'node:zlib';

export const notifyPath = '/_matrix/push/v1/notify';

/** What a gateway said: `json` is undefined where the body is none. */
export interface GatewayAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Connections to push gateways, as one homeserver keeps them. */
export interface Gateway {
  /** POSTs a body. Rejects where there is no answer, with an error that has a `code` or says why. */
  post(url: string, body: string, headers?: Readonly<Record<string, string>>): Promise<GatewayAnswer>;
  close(): void;
}

export interface Transport {
  readonly userAgent: string;
  /** How long an idle connection is kept; 0: each push makes one of its own. */
  readonly keepMs: number;
  /** Until the head of the answer. */
  readonly headWithinMs: number;
}

export function connectGateway({ userAgent, keepMs, headWithinMs }: Transport): Gateway {
  const settings = keepMs === 0 ? {} : { keepAlive: true, timeout: keepMs };
  const agents = { 'http:': new http.Agent(settings), 'https:': new https.Agent(settings) };

  function post(
    url: string,
    body: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<GatewayAnswer> {
    const { protocol, host, hostname, port, pathname, search } = new URL(url);
    const isTls = protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (isTls ? https : http).request({
        agent: isTls ? agents['https:'] : agents['http:'],
        hostname,
        port,
        method: 'POST',
        path: `${pathname}${search}`,
        headers: [...headersOf(host, body), ...Object.entries(more)].flat(),
      });
      const late = setTimeout(() => sent.destroy(new Error('no answer in time')), headWithinMs);
      sent.on('close', () => clearTimeout(late));
      sent.on('error', reject);
      sent.on('response', (response) => {
        clearTimeout(late);
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const isGzip = response.headers['content-encoding'] === 'gzip';
          resolve({ status: response.statusCode ?? 0, json: parsed(Buffer.concat(chunks), isGzip) });
        });
      });
      sent.end(body);
    });
  }

  /** Synapse's six, in their order. */
  function headersOf(host: string, body: string): readonly (readonly [string, string])[] {
    return [
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Content-Type', 'application/json'],
      ['User-Agent', userAgent],
      ['Accept', 'application/json'],
      ['Accept-Encoding', 'gzip'],
      ['Host', host],
    ];
  }

  return {
    post,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The pushkeys that an answer names. */
export function rejectedOf({ json }: GatewayAnswer): readonly string[] {
  const { rejected } = (typeof json === 'object' && json !== null ? json : {}) as { rejected?: unknown };
  return Array.isArray(rejected) ? rejected.map(String) : [];
}

function parsed(body: Buffer, isGzip: boolean): unknown {
  try {
    return JSON.parse((isGzip ? gunzipSync(body) : body).toString()) as unknown;
  } catch {
    return undefined;
  }
}
