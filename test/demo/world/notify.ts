import { Agent, request } from 'node:http';

export interface NotifyAnswer {
  readonly status: number;
  readonly rejected: readonly string[];
}

export const notifyPath = '/_matrix/push/v1/notify';

/** Connections to the gateway. Aborting `signal` closes them. */
export interface Gateway {
  /** POSTs a notify with Synapse's headers, in their order. Rejects when there is no answer. */
  post(body: string): Promise<NotifyAnswer>;
}

export function connectGateway(url: string, signal: AbortSignal): Gateway {
  // Synapse keeps its connections for two minutes.
  const agent = new Agent({ keepAlive: true, timeout: 120_000 });
  signal.addEventListener('abort', () => agent.destroy(), { once: true });
  return { post: (body) => post(agent, new URL(url), body, signal) };
}

function post(
  agent: Agent,
  { host, hostname, port }: URL,
  body: string,
  signal: AbortSignal,
): Promise<NotifyAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      hostname,
      port,
      method: 'POST',
      path: notifyPath,
      signal,
      headers: synapseHeaders(host, body).flat(),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status !== 200) {
          resolve({ status, rejected: [] });
          return;
        }
        try {
          resolve({ status, rejected: rejectedOf(text) });
        } catch {
          reject(new Error('an answer that is no JSON'));
        }
      });
    });
    sent.end(body);
  });
}

function synapseHeaders(host: string, body: string): readonly (readonly [string, string])[] {
  return [
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Content-Type', 'application/json'],
    ['User-Agent', 'Synapse/1.163.2 (simulated)'],
    ['Accept', 'application/json'],
    ['Accept-Encoding', 'gzip'],
    ['Host', host],
  ];
}

function rejectedOf(text: string): readonly string[] {
  const { rejected } = JSON.parse(text) as { readonly rejected?: unknown };
  return Array.isArray(rejected) ? rejected.map(String) : [];
}
