import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { PrivateRedis } from '../redis/private-redis.ts';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

interface Trouble {
  readonly cause: (redis: PrivateRedis) => Promise<void>;
  readonly cure: (redis: PrivateRedis) => Promise<void>;
}

/** With a connection of its own, as an operator has. */
async function tell(redis: PrivateRedis, ...words: [string, ...string[]]): Promise<void> {
  await redis.connect().call(...words);
}

/** Enough that reading it again at half a millisecond a key takes some seconds. */
async function fill(redis: PrivateRedis): Promise<void> {
  const client = redis.connect();
  await Promise.all(Array.from({ length: 4_000 }, (_, i) => client.set(`filler${i}`, '')));
}

const troubles = {
  down: { cause: (redis) => redis.kill(), cure: (redis) => redis.restart() },
  frozen: { cause: async (redis) => redis.freeze(), cure: async (redis) => redis.thaw() },
  full: {
    cause: (redis) => tell(redis, 'CONFIG', 'SET', 'maxmemory', '1'),
    cure: (redis) => tell(redis, 'CONFIG', 'SET', 'maxmemory', '0'),
  },
  'a replica': {
    cause: (redis) => tell(redis, 'REPLICAOF', '127.0.0.1', '1'),
    cure: (redis) => tell(redis, 'REPLICAOF', 'NO', 'ONE'),
  },
  'reading its file': {
    async cause(redis) {
      await fill(redis);
      await redis.kill();
      await redis.restart({ args: ['--key-load-delay', '500'], loaded: false });
    },
    cure: async () => undefined, // it ends by itself
  },
} satisfies Readonly<Record<string, Trouble>>;

test.each(Object.entries<Trouble>(troubles))(
  'while Redis is %s the homeserver is told 503 long before it would give up, and its retry after that rings once',
  async (_name, { cause, cure }) => {
    await using installation = await startInstallation();
    const ledger = keepLedger(installation);
    const { url, opsUrl } = await installation.startIngress();
    await installation.startWorker();
    using notifier = createNotifier(url);
    const post = () => notifier.post(messageNotify('retried', 1));
    const ready = async () => (await fetch(`${opsUrl}/ready`)).status;
    await notifier.postUntilTaken(messageNotify('before', 1));
    await ledger.allRing([eventIdOf('before')]);

    await cause(installation.redis);
    const refused = await Promise.all([post(), post(), post(), post(), post()]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
    expect(Math.min(...refused.map(({ ms }) => ms))).toBeLessThan(10_000);
    await expect.poll(ready).toBe(503);

    await cure(installation.redis);
    await expect.poll(async () => (await post()).status).toBe(200);
    await expect.poll(ready).toBe(200);
    await ledger.allRing([eventIdOf('retried')]);
    await notifier.post(messageNotify('after', 1));
    await ledger.allRing([eventIdOf('after')]);
    expect(ledger.ringsOf(eventIdOf('retried'))).toHaveLength(1);
  },
);

/** Seconds of CPU that a process has used. Fields 14 and 15 of proc(5)'s stat, in hundredths; the name may hold spaces. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test('a worker bears a long outage idle and quiet, finishes what it had in flight, and resumes', async () => {
  await using installation = await startInstallation({
    redis: { appendfsync: 'always' },
    apnsLatencyMs: 6_000,
  });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { program, opsUrl } = await installation.startWorker();
  using notifier = createNotifier(url);

  async function outage(name: string, seconds: number, { cause, cure }: Trouble): Promise<void> {
    const events = Array.from({ length: 20 }, (_, i) => `${name}${i}`);
    const metrics = async () => (await fetch(`${opsUrl}/metrics`)).text();
    await notifier.postUntilTaken(messageNotify(events[0] ?? '', 0));
    await Promise.all(events.map((event, i) => notifier.post(messageNotify(event, i))));
    await expect.poll(metrics).toMatch(/carillon_in_flight\{[^}]*lane="high"\} 20/);
    await cause(installation.redis);
    await ledger.allRing(events.map(eventIdOf));
    const [cpu, lines] = [cpuSeconds(program.pid), program.lines.length];
    await delay(seconds * 1_000);
    expect(cpuSeconds(program.pid) - cpu).toBeLessThan(seconds * 0.1);
    expect(program.lines.length - lines).toBeLessThanOrEqual(3);
    await cure(installation.redis);
    await notifier.postUntilTaken(messageNotify(`${name}-after`, 1));
    await ledger.allRing([eventIdOf(`${name}-after`)]);
    expect(events.filter((event) => ledger.ringsOf(eventIdOf(event)).length !== 1)).toEqual([]);
    await expect.poll(metrics).toMatch(/carillon_in_flight\{[^}]*lane="high"\} 0/);
  }

  await outage('down', 12, troubles.down);
  await outage('frozen', 13, troubles.frozen);
});

test('a Redis that forgets is warned of by each process, with the cure, and shown as a metric', async () => {
  await using installation = await startInstallation({
    redis: { args: ['--appendonly', 'no', '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] },
  });
  const { redis } = installation;
  for (const { program, opsUrl } of [await installation.startIngress(), await installation.startWorker()]) {
    for (const [problem, cure] of [
      ['eviction', 'set `maxmemory-policy noeviction`'],
      ['persistence', 'set `appendonly yes`'],
    ]) {
      const warning = await program.lineOf(
        (line) => line['problem'] === problem && String(line['msg']).startsWith('redis is not fit'),
      );
      expect(warning).toMatchObject({ level: 'warn', cure, node: `127.0.0.1:${redis.port}` });
    }
    const page = async () => (await fetch(`${opsUrl}/metrics`)).text();
    await expect.poll(page).toContain('carillon_redis_unsafe{problem="eviction"} 1');
    const text = await page();
    expect(text).toContain('carillon_redis_unsafe{problem="fsync"} 0');
    expect(text).toContain(
      `carillon_redis_memory_max_bytes{node="127.0.0.1:${redis.port}"} ${64 * 1_024 ** 2}`,
    );
    expect(text).toMatch(/carillon_redis_command_duration_seconds_count [1-9]/);
  }
});
