import { parseArgs } from 'node:util';
import { connectPatiently } from '@carillon/queue';
import { residentBytes, watchMemory } from '../chaos/peak-memory.ts';
import { iosApp, iosPushkey, startInstallation } from '../installation/installation.ts';
import { cpuMicroseconds } from './cpu.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

/**
 * What a backlog costs, and how fast it goes: memory of ingress, Redis and worker, the CPU that Redis spends on a delivery
 * as they come and as they go (which must not grow with what waits), and deliveries a second from the
 * start of one worker until the last phone has rung. See docs/performance.md.
 *
 *   node test/bench/backlog.ts [--deliveries N]
 */
const { values } = parseArgs({ options: { deliveries: { type: 'string', default: '1000000' } } });
const total = Number(values.deliveries);
const devicesOfRequest = 3; // the installation of the tests allows a hundred
const openRequests = 16;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

await using installation = await startInstallation({ apnsLatencyMs: 50 });
const { redis, apns } = installation;
const ingress = await installation.startIngress();
using notifier = createNotifier(ingress.url);
let refused = 0;
let rung = 0;
let reached: (() => void) | undefined;
let awaited = Infinity;
apns.onLine(({ apns_id: id }) => {
  if (id !== undefined && ++rung >= awaited) reached?.();
});

/** Resolves when so many phones have rung. */
function rungUpTo(count: number): Promise<void> {
  awaited = count;
  return new Promise((resolve) => {
    reached = resolve;
    if (rung >= count) resolve();
  });
}

/** One event for some phones at a time. */
async function send(from: number, to: number): Promise<void> {
  let next = from;
  const homeserver = async (): Promise<void> => {
    for (let first = next; first < to; first = next) {
      next += devicesOfRequest;
      const { notification } = messageNotify(first, 0) as { notification: object };
      const devices = Array.from({ length: Math.min(devicesOfRequest, to - first) }, (_, i) => ({
        app_id: iosApp,
        pushkey: iosPushkey(first + i),
      }));
      // A 503 is tried again, as homeservers do: what was queued all the same is a duplicate then.
      while ((await notifier.post({ notification: { ...notification, devices } })).status !== 200)
        refused += 1;
    }
  };
  await Promise.all(Array.from({ length: openRequests }, homeserver));
}

/** Bytes in use, and microseconds of CPU so far. */
async function redisState(): Promise<{ readonly bytes: number; readonly cpuUs: number }> {
  const client = connectPatiently(redis.settings);
  const memory = await client.info('memory');
  client.disconnect();
  return { bytes: Number(/used_memory:(\d+)/.exec(memory)?.[1]), cpuUs: cpuMicroseconds(redis.pid) };
}

const steps = 6;
let before = await redisState();
const empty = before.bytes;
for (let step = 0; step < steps; step++) {
  const waiting = Math.round((total * (step + 1)) / steps);
  const came = waiting - Math.round((total * step) / steps);
  await send(waiting - came, waiting);
  const after = await redisState();
  const each = Math.round((after.bytes - empty) / waiting);
  const us = ((after.cpuUs - before.cpuUs) / came).toFixed(1);
  const ingressHas = megabytes(residentBytes(ingress.program.pid));
  console.log(
    `${waiting} wait: ${each} bytes of Redis each, ${us} µs of its CPU each, ingress ${ingressHas}`,
  );
  before = after;
}
if (refused > 0) console.log(`${refused} requests were answered 503 and tried again`);

const worker = await installation.startWorker();
using memory = watchMemory(() => [['worker', worker.program.pid]]);
const startedAt = performance.now();
let counted = 0;
for (let step = 1; step <= steps; step++) {
  await rungUpTo((total * step) / steps);
  const after = await redisState();
  const us = ((after.cpuUs - before.cpuUs) / (rung - counted)).toFixed(1);
  console.log(`${total - rung} wait: ${us} µs of Redis' CPU each`);
  before = after;
  counted = rung;
}
const seconds = (performance.now() - startedAt) / 1_000;
console.log(`one worker: all rung in ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} a second`);
console.log(`worker: at most ${megabytes(memory.peaks.get('worker') ?? 0)}`);
