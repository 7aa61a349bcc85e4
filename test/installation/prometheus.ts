import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real Prometheus (Debian's package `prometheus`) that scrapes every second, and is gone without a trace after. */
export interface RunningPrometheus extends AsyncDisposable {
  readonly url: string;
  /** An instant query. Rejects with Prometheus' own words when it cannot read the query. */
  query(promql: string): Promise<readonly Sample[]>;
  /** What is pending or firing. */
  alerts(): Promise<readonly Alert[]>;
  /** The same as leaving an `await using` block. */
  stop(): Promise<void>;
}

export interface Sample {
  /** Without `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface PrometheusOptions {
  /** Jobs and what they scrape: `{ 'carillon-worker': ['http://127.0.0.1:9402'] }`, each at `/metrics`. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths of rule files; they are evaluated every second. */
  readonly rules?: readonly string[];
}

/** Resolves when it answers queries; rejects with its log when it does not start. The first scrape comes up to 6 s later. */
export async function startPrometheus({
  targets,
  rules = [],
}: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-prometheus-'));
  const configPath = join(folder, 'prometheus.json');
  await writeFile(configPath, JSON.stringify(configuration(targets, rules))); // JSON is YAML
  const server = spawn(
    'prometheus',
    [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${folder}/data`,
      '--web.listen-address=127.0.0.1:0',
      '--log.format=json',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(server, 'close');
  ended.catch(() => undefined); // a program that is not there: told below

  async function stop(): Promise<void> {
    if (server.pid !== undefined) {
      server.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  }

  try {
    const url = `http://${await readyAddress(server)}`;
    return {
      url,
      async query(promql) {
        const data = await ask(`${url}/api/v1/query`, { query: promql });
        return samples(data as QueryData);
      },
      async alerts() {
        return ((await ask(`${url}/api/v1/alerts`)) as { readonly alerts: readonly Alert[] }).alerts;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(targets: PrometheusOptions['targets'], rules: readonly string[]): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    scrape_configs: Object.entries(targets).map(([job, urls]) => ({
      job_name: job,
      static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
    })),
  };
}

/** Where it listens, as its log says: it chooses a free port itself. */
async function readyAddress(server: ReturnType<typeof spawn>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const printed: string[] = [];
  let address: string | undefined;
  let isReady = false;
  server.once('error', (error) =>
    reject(new Error('prometheus could not be started; script/bootstrap installs it', { cause: error })),
  );
  server.once('close', (code) => reject(new Error(`prometheus ended with ${code}:\n${printed.join('\n')}`)));
  if (server.stderr === null) throw new Error('prometheus has no log'); // it is piped above
  createInterface({ input: server.stderr }).on('line', (text) => {
    if (printed.length < 100) printed.push(text);
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as { readonly msg?: string; readonly address?: string };
    // Two of its threads say these, in either order.
    if (line.msg === 'Listening on') address = line.address;
    if (line.msg === 'Server is ready to receive web requests.') isReady = true;
    if (isReady && address !== undefined) resolve(address);
  });
  return promise;
}

type Value = readonly [time: number, value: string];

/** `data` of an answer of `/api/v1/query`. */
type QueryData =
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Record<string, string>; readonly value: Value }[];
    }
  | { readonly resultType: 'scalar'; readonly result: Value };

function samples(data: QueryData): readonly Sample[] {
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
  if (data.resultType !== 'vector') throw new Error('only queries for one moment can be read here');
  return data.result.map(({ metric: { __name__, ...labels }, value }) => ({
    labels,
    value: Number(value[1]),
  }));
}

async function ask(url: string, form?: Readonly<Record<string, string>>): Promise<unknown> {
  const answer = await fetch(
    url,
    form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) },
  );
  const body = (await answer.json()) as
    | { readonly status: 'success'; readonly data: unknown }
    | { readonly status: 'error'; readonly error: string };
  if (body.status === 'error') throw new Error(`Prometheus: ${body.error} in ${JSON.stringify(form)}`);
  return body.data;
}
