import { parseArgs } from 'node:util';
import { connectPatiently } from '@carillon/queue';
import { residentBytes, watchMemory } from '../chaos/peak-memory.ts';
import { iosApp, iosPushkey, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

/**
 * What a backlog costs, and how fast it goes: memory of ingress, Redis and worker, and deliveries a second from the
 * start of one worker until the last phone has rung. See docs/reliability.md.
 *
 *   node test/bench/backlog.ts [--deliveries N]
 */
const { values } = parseArgs({ options: { deliveries: { type: 'string', default: '300000' } } });
const total = Number(values.deliveries);
const devicesOfRequest = 100;
const openRequests = 8;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

await using installation = await startInstallation({ apnsLatencyMs: 50 });
const { redis, apns } = installation;
const ingress = await installation.startIngress();
using notifier = createNotifier(ingress.url);
let refused = 0;
let rung = 0;
const allRung = Promise.withResolvers<void>();
apns.onLine(({ apns_id: id }) => {
  if (id !== undefined && ++rung === total) allRung.resolve();
});

/** One event for a hundred phones at a time. */
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

async function redisBytes(): Promise<number> {
  const client = connectPatiently(redis.settings);
  const bytes = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  client.disconnect();
  return bytes;
}

const steps = 6;
for (let step = 0; step < steps; step++) {
  const waiting = Math.round((total * (step + 1)) / steps);
  await send(Math.round((total * step) / steps), waiting);
  const [ingressHas, redisHas] = [
    megabytes(residentBytes(ingress.program.pid)),
    megabytes(await redisBytes()),
  ];
  console.log(`${waiting} wait: ingress ${ingressHas}, Redis ${redisHas}`);
}
if (refused > 0) console.log(`${refused} requests were answered 503 and tried again`);

const worker = await installation.startWorker();
using memory = watchMemory(() => [['worker', worker.program.pid]]);
const startedAt = performance.now();
await allRung.promise;
const seconds = (performance.now() - startedAt) / 1_000;
console.log(`one worker: all rung in ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} a second`);
console.log(`worker: at most ${megabytes(memory.peaks.get('worker') ?? 0)}`);
