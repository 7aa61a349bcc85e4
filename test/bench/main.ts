import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { connectPatiently } from '@carillon/queue';
import { createNotifier } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { cpuMicroseconds } from './cpu.ts';
import { burst, poisson, type Load } from './load.ts';
import { startShape, type Shape } from './shape.ts';

/**
 * What one delivery costs: microseconds of CPU of ingress, Redis and worker, from the first request until the
 * last phone has rung, beside a relay that keeps nothing, measured in the same run. See docs/performance.md.
 *
 *   npm run bench -- [--apps N] [--shards N] [--devices N] [--seconds N]
 *     [--rounds N] [--open N] [--warm-up N] [--settings YAML] [--opentelemetry SHARE]
 *
 * With `--apps` or `--shards` an installation of that many is measured beside one of one app and one shard, in turns, and the
 * growth is told: how many times as much a delivery costs. With `--opentelemetry` that share of the requests is traced, to a collector
 * in a process of its own that reads every span.
 */
const { values } = parseArgs({
  options: {
    apps: { type: 'string', default: '1' },
    shards: { type: 'string', default: '1' },
    devices: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    // Fewer where the machine has something else to do: a request that waits for a second is refused.
    open: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '3' },
    // Deliveries before anything is measured: until then V8 still compiles, and the longer code is, the longer.
    'warm-up': { type: 'string', default: '40000' },
    opentelemetry: { type: 'string' },
    // Sections of the configuration, such as `trace: {keep: 0s}`, to see what one costs.
    settings: { type: 'string', default: '' },
  },
});
const steadyRate = 400;
const loads: readonly { readonly name: string; readonly load: Load; readonly total: number }[] = [
  {
    name: `burst, ${values.open} open requests`,
    load: burst(Number(values.open)),
    total: Number(values.devices),
  },
  {
    name: `steady ${steadyRate}/s (Poisson)`,
    load: poisson(steadyRate),
    total: steadyRate * Number(values.seconds),
  },
];
const providerLatencyMs = 50;
const idleMs = 10_000;
let events = 0;

interface Measured {
  /** Microseconds a device, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

/** Runs one load and waits until every phone has rung; throws if any request failed or any phone did not. */
async function measure(
  { apns, apps }: Shape,
  url: string,
  pids: Readonly<Record<string, number>>,
  { load, total }: (typeof loads)[number],
): Promise<Measured> {
  using notifier = createNotifier(url);
  let rung = 0;
  const allRung = Promise.withResolvers<void>();
  apns.onLine((line) => {
    if ('token' in line && ++rung === total) allRung.resolve();
  });
  const before = Object.values(pids).map(cpuMicroseconds);
  const answers = await load(notifier.post, apps, (events += 1_000_000), total);
  const failed = answers.filter(({ status }) => status !== 200);
  if (failed.length > 0)
    throw new Error(`${failed.length} of ${total} requests failed, the first with ${failed[0]?.status}`);
  await allRung.promise;
  const cpu = Object.fromEntries(
    Object.entries(pids).map(([name, pid], i) => [name, (cpuMicroseconds(pid) - (before[i] ?? 0)) / total]),
  );
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { cpu, p50: at(0.5), p99: at(0.99) };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

const sumOf = ({ cpu }: Measured): number => Object.values(cpu).reduce((a, b) => a + b, 0);

/** `base` are the rounds that the growth is told against. */
function row(name: string, rounds: readonly Measured[], base: readonly Measured[]): string {
  const of = (get: (measured: Measured) => number, digits = 0): string =>
    median(rounds.map(get)).toFixed(digits);
  const part = (key: string): string =>
    rounds[0]?.cpu[key] === undefined ? '' : of(({ cpu }) => cpu[key] ?? 0);
  const growth = median(rounds.map((one, index) => sumOf(one) / sumOf(base[index] ?? one)));
  const cells = [
    name,
    part('ingress'),
    part('redis'),
    part('worker'),
    of(sumOf),
    growth.toFixed(2),
    of(({ p50 }) => p50, 1),
    of(({ p99 }) => p99, 1),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What each shape costs while nothing comes, and the connections that Redis has of it. */
async function tellIdle(shape: Shape): Promise<void> {
  const before = cpuMicroseconds(shape.pids.worker);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const share = (cpuMicroseconds(shape.pids.worker) - before) / (idleMs * 10);
  const redis = connectPatiently(shape.redis.settings);
  const clients = Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1]) - 1;
  redis.disconnect();
  console.log(
    `${shape.name}: ${clients} connections at Redis; an idle worker uses ${share.toFixed(1)} % of a core`,
  );
}

const model = cpus()[0]?.model ?? 'unknown processor';
console.log(
  `${model}, ${cpus().length} cores, Node ${process.version}; providers answer in ${providerLatencyMs} ms, AOF everysec`,
);
if (values.opentelemetry !== undefined) console.log(`traced: ${values.opentelemetry} of the requests`);
console.log(`median of ${values.rounds} rounds after a warm-up; microseconds of CPU a device\n`);
console.log('| load, apps × shards | ingress | redis | worker | sum | growth | /notify p50 ms | p99 ms |');
console.log('|---|---|---|---|---|---|---|---|');

await using collector = startProgram('test/fakes/otlp/main.ts', []);
const { url: endpoint } = await collector.lineOf<{ url: string }>((line) => line['ready'] === true);
const openTelemetry =
  values.opentelemetry === undefined
    ? ''
    : `opentelemetry: {endpoint: "${endpoint}", sample: ${values.opentelemetry}, limit: 100000}\n`;
// Fresh processes are slow for some seconds, and on a busy machine a burst would be refused.
const firstSteps = { name: 'first steps', load: burst(16), total: 1_000 };
const sections = `${values.settings}\n${openTelemetry}`;
const start = (apps: number, shards: number): Promise<Shape> =>
  startShape({ apps, shards, apnsLatencyMs: providerLatencyMs, sections });
await using disposables = new AsyncDisposableStack();
const base = disposables.use(await start(1, 1));
const isGrown = values.apps !== '1' || values.shards !== '1';
const shapes = [
  base,
  ...(isGrown ? [disposables.use(await start(Number(values.apps), Number(values.shards)))] : []),
];

for (const shape of shapes) await measure(shape, shape.url, shape.pids, firstSteps);
for (const scenario of loads) {
  const isFirst = scenario === loads[0];
  const warmUp = {
    ...scenario,
    total: isFirst ? Number(values['warm-up']) : Math.min(scenario.total, 4_000),
  };
  for (const shape of shapes) await measure(shape, shape.url, shape.pids, warmUp);
  await measure(base, base.relayUrl, { relay: base.relayPid }, warmUp);
  const rounds = shapes.map((): Measured[] => []);
  const relays: Measured[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, shape] of shapes.entries())
      rounds[index]?.push(await measure(shape, shape.url, shape.pids, scenario));
    relays.push(await measure(base, base.relayUrl, { relay: base.relayPid }, scenario));
  }
  const baseRounds = rounds[0] ?? [];
  for (const [index, shape] of shapes.entries())
    console.log(row(`${scenario.name}, ${shape.name}`, rounds[index] ?? [], baseRounds));
  console.log(row('… relay that keeps nothing', relays, baseRounds));
}
console.log('');
for (const shape of shapes) await tellIdle(shape);
