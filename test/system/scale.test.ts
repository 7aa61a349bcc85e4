import { connectPatiently, type RedisSettings } from '@carillon/queue';
import { expect, test } from 'vitest';
import {
  installOn,
  iosApp,
  startInstallation,
  type ApnsStandIn,
  type Installed,
} from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startPrivateCluster } from '../redis/private-cluster.ts';
import type { PrivateRedis } from '../redis/private-redis.ts';
import { keepLedger } from './ledger.ts';

// Invariant 16: what Redis is asked for and holds open depends on no number of apps.

const others = Array.from({ length: 59 }, (_, n) => `${iosApp}.fork${n}`);

function moreApps({ url, key_id: id, team_id: team, topic, keyfile, caFile }: ApnsStandIn): string {
  const keys = `platform: production, keyfile: "${keyfile}", key_id: ${id}, team_id: ${team}, topic: ${topic}`;
  return others
    .map((name) => `  ${name}: {type: apns, ${keys}, endpoint: "${url}", ca_file: "${caFile}"}\n`)
    .join('');
}

/** Asks one Redis, and no other node of its Cluster. */
async function ask<T>(
  { settings }: { readonly settings: RedisSettings },
  question: (redis: { info(section: string): Promise<string> }) => Promise<T>,
): Promise<T> {
  const redis = connectPatiently(settings);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

async function numberOf(
  redis: Pick<PrivateRedis, 'settings'>,
  section: string,
  name: string,
): Promise<number> {
  const info = await ask(redis, (client) => client.info(section));
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
}

/** Connections at a Redis, but for the one that asks. */
const connections = async (redis: Pick<PrivateRedis, 'settings'>): Promise<number> =>
  (await numberOf(redis, 'clients', 'connected_clients')) - 1;

const commands = (redis: Pick<PrivateRedis, 'settings'>): Promise<number> =>
  numberOf(redis, 'stats', 'total_commands_processed');

/** Deliveries of one app after the other; resolves when all have rung. */
async function ringAll(installed: Installed, url: string, events: number): Promise<void> {
  const ledger = keepLedger(installed);
  using notifier = createNotifier(url);
  const apps = [iosApp, ...others];
  let next = 0;
  async function homeserver(): Promise<void> {
    for (let event = next++; event < events; event = next++) {
      const notify = messageNotify(event, event, { appId: apps[event % apps.length] ?? iosApp });
      await notifier.postUntilTaken(notify);
    }
  }
  await Promise.all(Array.from({ length: 8 }, homeserver));
  await ledger.allRing(Array.from({ length: events }, (_, event) => eventIdOf(event)));
}

test('a worker of sixty apps on four shards has six connections, and asks Redis for as much as one of one app', async () => {
  await using many = await startInstallation({ sections: 'queue: {shards: 4}', moreApps });
  await using one = await startInstallation({ sections: 'queue: {shards: 4}' });
  const { url } = await many.startIngress();
  await one.startIngress();
  const ofIngress = await connections(many.redis);
  await many.startWorker();
  await one.startWorker();
  await ringAll(many, url, 240);
  expect((await connections(many.redis)) - ofIngress).toBeLessThanOrEqual(2 + 4);

  /** How many times as much Redis is asked for with sixty apps as with one, in the same seconds. */
  const growth = async (): Promise<number> => {
    const before = await Promise.all([many, one].map(({ redis }) => commands(redis)));
    const asked = async (): Promise<number> => (await commands(one.redis)) - (before[1] ?? 0);
    await expect.poll(asked, { interval: 500 }).toBeGreaterThan(200);
    return ((await commands(many.redis)) - (before[0] ?? 0)) / (await asked());
  };
  // What the deliveries have left to do is over soon.
  await expect.poll(growth).toBeLessThan(1.5);
});

test('on a Cluster four workers have two connections to each node and one for each shard, and the nodes share the work', async () => {
  await using cluster = await startPrivateCluster(3);
  await using installed = await installOn(`{cluster: ${JSON.stringify(cluster.urls)}}`, {
    sections: 'queue: {shards: 8}',
    moreApps,
  });
  const { url, opsUrl } = await installed.startIngress();
  await expect.poll(async () => (await fetch(`${opsUrl}/ready`)).status).toBe(200);
  const countAll = async (): Promise<number> =>
    (await Promise.all(cluster.nodes.map(connections))).reduce((sum, count) => sum + count, 0);
  const ofIngress = await countAll();
  await Promise.all(Array.from({ length: 4 }, () => installed.startWorker()));
  await ringAll(installed, url, 900);
  expect((await countAll()) - ofIngress).toBeLessThanOrEqual(4 * (2 * 3 + 8));

  // Of eight shards two nodes have three and one has two.
  const queued = await Promise.all(cluster.nodes.map(queuedOn));
  const all = queued.reduce((sum, count) => sum + count, 0);
  for (const count of queued) expect(Math.abs(count / all - 1 / 3)).toBeLessThan(0.15);
});

/** Deliveries that were queued on this node. */
async function queuedOn(redis: Pick<PrivateRedis, 'settings'>): Promise<number> {
  const stats = await ask(redis, (client) => client.info('commandstats'));
  return Number(/cmdstat_lpush:calls=(\d+)/.exec(stats)?.[1]);
}
