import { expect, test } from 'vitest';
import { startPrivateSentinel } from '../redis/private-sentinel.ts';
import { installOn } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';
import { steadyLoad, strangersAmong } from './steady-load.ts';

async function setup() {
  const sentinel = await startPrivateSentinel(2, {
    appendfsync: 'always',
    args: ['--min-replicas-to-write', '1'],
  });
  const { name, urls } = sentinel;
  const installation = await installOn(`{sentinel: ${JSON.stringify({ name, nodes: urls })}}`);
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  const notifier = createNotifier(door.url);
  await notifier.postUntilTaken(messageNotify('warm', 1));
  return {
    sentinel,
    ledger,
    notifier,
    opsUrls: [door.opsUrl, worker.opsUrl],
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
      await sentinel[Symbol.asyncDispose]();
    },
  };
}

test.each([
  ['dies', 'kill'],
  ['freezes', 'freeze'],
] as const)(
  'when the primary %s, the homeserver is told 503 until a replica takes over, and every 200 rings',
  async (_what, trouble) => {
    await using installation = await setup();
    const { sentinel, ledger, notifier, opsUrls } = installation;
    const [primary] = sentinel.redises;
    const statuses = new Set<number>();
    const post = async (notify: object) => {
      const answer = await notifier.post(notify);
      statuses.add(answer.status);
      return answer;
    };
    const before = await steadyLoad(post, 'b', { 700: () => primary?.[trouble]() });
    expect(statuses).toEqual(new Set([200, 503]));
    await expect.poll(async () => (await post(messageNotify('again', 1))).status).toBe(200);
    await expect.poll(() => sentinel.primaryPort()).not.toBe(primary?.port);
    const after = await steadyLoad(post, 'a', {});
    // The ingress moves over once more when the sentinels announce it, and a busy machine is refused more often.
    expect(after.length).toBeGreaterThan(50);

    await ledger.allRing([...before, ...after]);
    expect(strangersAmong(ledger, [...before, ...after])).toEqual([]);
    for (const url of opsUrls) await expect.poll(async () => (await fetch(`${url}/ready`)).status).toBe(200);
  },
);
