import { connectPatiently, type RedisSettings } from '@carillon/queue';
import { expect, test } from 'vitest';
import { startPrivateCluster } from '../redis/private-cluster.ts';
import { installOn } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';
import { steadyLoad, strangersAmong } from './steady-load.ts';

async function setup() {
  const cluster = await startPrivateCluster(3, { appendfsync: 'always' });
  const installation = await installOn(`{cluster: ${JSON.stringify(cluster.urls)}}`, {
    sections: 'queue: {shards: 8}',
  });
  const ledger = keepLedger(installation);
  const { url, opsUrl } = await installation.startIngress();
  const worker = await installation.startWorker();
  const notifier = createNotifier(url);
  await expect.poll(async () => (await fetch(`${opsUrl}/ready`)).status).toBe(200);
  return {
    cluster,
    ledger,
    notifier,
    opsUrl,
    worker,
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

test('on a Redis Cluster everything rings once, from queues on all of its nodes', async () => {
  await using installation = await setup();
  const { cluster, ledger, notifier, opsUrl } = installation;
  const events = Array.from({ length: 400 }, (_, i) => `c${i}`);
  for (let time = 0; time < 2; time += 1)
    await Promise.all(events.map((event, i) => notifier.postUntilTaken(messageNotify(event, i))));
  await ledger.allRing(events.map(eventIdOf));
  expect(ledger.total).toBe(events.length);

  // Each leaves its claim on its shard: the eight lie 3, 3 and 2 on the nodes.
  const claims = async () => Promise.all(cluster.nodes.map((node) => claimsOn(node.settings)));
  await expect.poll(async () => sumOf(await claims())).toBe(events.length);
  for (const ofNode of await claims()) {
    expect(ofNode / events.length).toBeGreaterThan(1 / 3 - 0.15);
    expect(ofNode / events.length).toBeLessThan(1 / 3 + 0.15);
  }
  const page = await (await fetch(`${opsUrl}/metrics`)).text();
  expect(page.match(/^carillon_redis_memory_used_bytes\{node="127\.0\.0\.1:\d+"\} /gm)).toHaveLength(3);
});

/** Of a node alone. */
async function claimsOn(settings: RedisSettings): Promise<number> {
  const redis = connectPatiently(settings);
  const keys = 'nodes' in redis ? [] : await redis.keys('carillon:{*claim:*');
  redis.disconnect();
  return keys.length;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

test('a crash and restart of one node of a Cluster breaks no promise', async () => {
  await using installation = await setup();
  const { cluster, ledger, notifier, opsUrl, worker } = installation;
  const [, victim] = cluster.nodes;
  const promised = await steadyLoad(notifier.post, 'n', {
    150: () => victim?.kill(),
    // Longer than the others wait for it: from then on they refuse everything, as a Cluster does by default.
    780: () => victim?.restart(),
  });
  expect(promised.length).toBeGreaterThan(150);
  await ledger.allRing(promised);
  expect(strangersAmong(ledger, promised)).toEqual([]);
  await expect.poll(async () => (await fetch(`${opsUrl}/ready`)).status).toBe(200);
  await expect.poll(async () => (await fetch(`${worker.opsUrl}/ready`)).status).toBe(200);
});
