import { dirname } from 'node:path';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startInstallation, type Installation } from '../installation/installation.ts';
import { createNotifier } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { cpuMicroseconds } from './cpu.ts';
import { burst, poisson, type Load } from './load.ts';

/**
 * What one delivery costs: microseconds of CPU of ingress, Redis and worker, from the first request until the
 * last phone has rung, beside a relay that keeps nothing, measured in the same run. See docs/performance.md.
 *
 *   npm run bench -- [--devices N] [--seconds N] [--rounds N] [--settings YAML] [--opentelemetry SHARE]
 *
 * With `--opentelemetry` spans of that share of the requests go to a collector in a process of its own, which reads each of them.
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    opentelemetry: { type: 'string' },
    // Sections of the configuration, such as `trace: {keep: 0s}`, to see what one costs.
    settings: { type: 'string', default: '' },
  },
});
const steadyRate = 400;
const loads: readonly { readonly name: string; readonly load: Load; readonly total: number }[] = [
  { name: 'burst, 256 open requests', load: burst(256), total: Number(values.devices) },
  {
    name: `steady ${steadyRate}/s (Poisson)`,
    load: poisson(steadyRate),
    total: steadyRate * Number(values.seconds),
  },
];
const providerLatencyMs = 50;
let events = 0;

interface Measured {
  /** Microseconds a device, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

/** Runs one load and waits until every phone has rung; throws if any request failed or any phone did not. */
async function measure(
  url: string,
  apns: Installation['apns'],
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
  const answers = await load(notifier.post, (events += 1_000_000), total);
  const failed = answers.filter(({ status }) => status !== 200).length;
  if (failed > 0) throw new Error(`${failed} of ${total} requests failed`);
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

function row(name: string, rounds: readonly Measured[]): string {
  const of = (get: (measured: Measured) => number, digits = 0): string =>
    median(rounds.map(get)).toFixed(digits);
  const part = (key: string): string =>
    rounds[0]?.cpu[key] === undefined ? '' : of(({ cpu }) => cpu[key] ?? 0);
  const sum = of(({ cpu }) => Object.values(cpu).reduce((a, b) => a + b, 0));
  const cells = [
    name,
    part('ingress'),
    part('redis'),
    part('worker'),
    sum,
    of(({ p50 }) => p50, 1),
    of(({ p99 }) => p99, 1),
  ];
  return `| ${cells.join(' | ')} |`;
}

const model = cpus()[0]?.model ?? 'unknown processor';
console.log(
  `${model}, ${cpus().length} cores, Node ${process.version}; providers answer in ${providerLatencyMs} ms, AOF everysec`,
);
if (values.opentelemetry !== undefined) console.log(`spans of ${values.opentelemetry} of the requests`);
console.log(`median of ${values.rounds} rounds after a warm-up; microseconds of CPU a device\n`);
console.log('| load | ingress | redis | worker | sum | /notify p50 ms | p99 ms |');
console.log('|---|---|---|---|---|---|---|');

await using collector = startProgram('test/fakes/otlp/main.ts', []);
const { url: endpoint } = await collector.lineOf<{ url: string }>((line) => line['ready'] === true);
const openTelemetry =
  values.opentelemetry === undefined
    ? ''
    : `opentelemetry: {endpoint: "${endpoint}", sample: ${values.opentelemetry}, limit: 100000}\n`;
await using installation = await startInstallation({
  apnsLatencyMs: providerLatencyMs,
  sections: `${values.settings}\n${openTelemetry}`,
});
const { apns, redis, configPath } = installation;
const ingress = await installation.startIngress();
const worker = await installation.startWorker();
await using floor = startProgram('test/bench/floor.ts', [dirname(configPath)]);
const { listen } = await floor.lineOf<{ listen: string }>((line) => line['ready'] === true);

const pids = { ingress: ingress.program.pid, redis: redis.pid, worker: worker.program.pid };
for (const scenario of loads) {
  const warmUp = { ...scenario, total: Math.min(scenario.total, 2_000) };
  await measure(ingress.url, apns, pids, warmUp);
  await measure(`http://${listen}`, apns, { relay: floor.pid }, warmUp);
  const ours: Measured[] = [];
  const relays: Measured[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push(await measure(ingress.url, apns, pids, scenario));
    relays.push(await measure(`http://${listen}`, apns, { relay: floor.pid }, scenario));
  }
  console.log(row(scenario.name, ours));
  console.log(row('… relay that keeps nothing', relays));
}
