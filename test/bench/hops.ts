import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createHopRecorder } from '@carillon/hops';
import { connectPatiently } from '@carillon/queue';
import { startPrivateRedis } from '../redis/private-redis.ts';
import { cpuMicroseconds } from './cpu.ts';

/**
 * What taking down the hops of a delivery costs by itself (`carillon trace`): microseconds of CPU of the process that
 * records and of Redis, for the two hops of a delivery that goes well. See docs/performance.md.
 *
 *   node test/bench/hops.ts
 */
const [rounds, seconds, rate] = [7, 3, 2_000];

await using server = await startPrivateRedis();
const redis = connectPatiently(server.settings);
await redis.ping();
let recorded = 0;
const recorder = createHopRecorder({
  redis,
  keyPrefix: 'bench',
  keepMs: 86_400_000,
  maxMemoryBytes: 1_073_741_824,
  observer: {
    dropped: (hops) => {
      throw new Error(`${hops} hops were dropped`);
    },
    sampledOneIn: () => undefined,
  },
});

const deliveries = Array.from({ length: rate * seconds }, () => ({
  deliveryId: randomBytes(16).toString('base64url'),
  eventKey: `$${randomBytes(32).toString('base64url')}`,
  pushkey: randomBytes(32).toString('base64'),
  providerId: randomUUID(),
}));

/** A tenth of a second's deliveries. */
function record(tick: number): void {
  const first = (tick * rate) / 10;
  for (const { deliveryId, eventKey, pushkey, providerId } of deliveries.slice(first, first + rate / 10)) {
    const at = Date.now();
    const about = { at, app: 'com.example.app.ios', lane: 'high', deliveryId } as const;
    if (!recorder.samples(eventKey)) continue;
    recorder.ordinary({ kind: 'queued', ...about, eventKey, pushkey });
    recorder.ordinary({ kind: 'delivered', ...about, word: 'ok', durationMs: 50 + (at % 20), providerId });
    recorded += 1;
  }
}

/** Microseconds a delivery, of this process and of Redis. */
async function measure(records: boolean): Promise<readonly [ours: number, redis: number]> {
  const before = [process.cpuUsage(), cpuMicroseconds(server.pid)] as const;
  for (let tick = 0; tick < seconds * 10; tick++) {
    if (records) record(tick);
    await delay(100);
  }
  const { user, system } = process.cpuUsage(before[0]);
  const total = seconds * rate;
  return [(user + system) / total, (cpuMicroseconds(server.pid) - before[1]) / total];
}

await measure(true); // a warm-up
const costs: number[][] = [];
for (let round = 0; round < rounds; round++) {
  const idle = await measure(false);
  const busy = await measure(true);
  costs.push(busy.map((cost, index) => cost - (idle[index] ?? 0)));
}
await recorder.close();
const bytes =
  Number(await redis.call('MEMORY', 'USAGE', 'bench:{trace}:ordinary', 'SAMPLES', '0')) / recorded;
redis.disconnect();
const median = (index: number): string =>
  (costs.map((cost) => cost[index] ?? 0).toSorted((a, b) => a - b)[rounds >> 1] ?? 0).toFixed(2);
console.log(`median of ${rounds} rounds at ${rate} deliveries a second; microseconds of CPU a delivery`);
console.log(
  `recording ${median(0)}, Redis ${median(1)}; ${bytes.toFixed(0)} bytes of Redis' memory a delivery`,
);
