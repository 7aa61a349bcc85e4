import { readFile, writeFile } from 'node:fs/promises';
import { connectPatiently } from '@carillon/queue';
import { expect, test } from 'vitest';
import { startInstallation, type Door } from '../installation/installation.ts';
import type { PrivateRedis } from '../redis/private-redis.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

const openRequests = 8;

/** Posts events of its own to one of the doors after the other without a pause, and some that were answered again, to any door. */
function startLoad(doors: () => readonly Door[]) {
  const notifiers = new Map<string, ReturnType<typeof createNotifier>>();
  const promised: number[] = [];
  let next = 0;
  const ending = new AbortController();
  let reached: { readonly count: number; readonly resolve: () => void } | undefined;

  async function post(event: number, turn: number): Promise<void> {
    const now = doors();
    const { url } = now[turn % now.length] as Door; // there is always one
    const notifier = notifiers.get(url) ?? createNotifier(url);
    notifiers.set(url, notifier);
    await notifier.postUntilTaken(messageNotify(`s${event}`, event % 200));
  }

  async function homeserver(): Promise<void> {
    while (!ending.signal.aborted) {
      const event = next++;
      await post(event, event);
      promised.push(event);
      if (reached !== undefined && promised.length >= reached.count) reached.resolve();
      const earlier = promised.at(-100);
      if (event % 5 === 0 && earlier !== undefined) await post(earlier, earlier + 1);
    }
  }

  const homeservers = Promise.all(Array.from({ length: openRequests }, homeserver));
  return {
    /** Resolves when so many more events have been answered. */
    more: (count: number): Promise<void> =>
      Promise.race([
        homeservers.then(() => undefined),
        new Promise<void>((resolve) => (reached = { count: promised.length + count, resolve })),
      ]),
    /** Resolves to all that were. */
    async stop(): Promise<readonly string[]> {
      ending.abort();
      await homeservers;
      for (const notifier of notifiers.values()) notifier[Symbol.dispose]();
      return promised.map((event) => eventIdOf(`s${event}`));
    },
  };
}

// Invariants 1, 3 and 10.
test('the number of shards goes up and down under load: nothing is lost, and nothing rings twice', async () => {
  await using installation = await startInstallation({ apnsLatencyMs: 50, sections: 'queue: {shards: 2}' });
  const { configPath, redis } = installation;
  const ledger = keepLedger(installation);
  let door = await installation.startIngress();
  let worker = await installation.startWorker();
  let doors: readonly Door[] = [door];
  const load = startLoad(() => doors);
  await load.more(400);

  for (const shards of [5, 1]) {
    const config = await readFile(configPath, 'utf8');
    await writeFile(configPath, config.replace(/shards: \d+/, `shards: ${shards}`));
    worker.program.kill('SIGTERM');
    expect(await worker.program.ended).toBe(0);
    const before = door;
    door = await installation.startIngress();
    doors = [before, door];
    await load.more(400); // nobody takes them yet: they wait where both doors have put them
    worker = await installation.startWorker();
    await load.more(400);
    doors = [door];
    await load.more(openRequests * 2); // none is under way at the other door any more
    before.program.kill('SIGTERM');
    expect(await before.program.ended).toBe(0);
    await load.more(800);
    // As soon as enough has rung; those of former times stay for their window.
    await expect.poll(() => shardsWith(redis, 'carillon:{*claim:*')).toHaveLength(5);
  }
  const promised = await load.stop();
  await ledger.allRing(promised);
  expect(promised.filter((event) => ledger.ringsOf(event).length > 1)).toEqual([]);
  await expect.poll(() => shardsWith(redis, 'carillon:{*:wait')).toEqual([]);
});

/** The shards that have such keys. */
async function shardsWith(
  { settings }: Pick<PrivateRedis, 'settings'>,
  pattern: string,
): Promise<readonly string[]> {
  const redis = connectPatiently(settings);
  const keys = 'nodes' in redis ? [] : await redis.keys(pattern);
  redis.disconnect();
  return [...new Set(keys.map((key) => key.slice(0, key.indexOf('}'))))];
}
