import type { RedisClient } from '@carillon/queue';
import { findHops, type HopKind } from '@carillon/hops';
import { expect, test } from 'vitest';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';

/** An installation, and what its hops say. */
async function setup(sections = '') {
  const installation = await startInstallation({ sections });
  const redis = installation.redis.connect();
  const { url } = await installation.startIngress();
  const notifier = createNotifier(url);
  return {
    installation,
    redis,
    post: notifier.postUntilTaken,
    /** Waits until a phone's delivery of the event has the hop; resolves to all of its hops by then. */
    hops: async (event: string, phone: number, until: HopKind): Promise<readonly HopKind[]> => {
      const question = { eventKey: eventIdOf(event), pushkeys: [iosPushkey(phone)], withinMs: 60_000 };
      let kinds: readonly HopKind[] = [];
      const read = async (): Promise<readonly HopKind[]> => {
        const found = await findHops(redis, 'carillon', question);
        return (kinds = (found?.ways ?? []).flatMap(({ hops }) => hops.map(({ kind }) => kind)));
      };
      await expect.poll(read, { interval: 100 }).toContain(until);
      return kinds;
    },
    /** Runs `carillon trace` to its end. */
    trace: async (...args: readonly string[]) => {
      const command = ['trace', ...args, '--config', installation.configPath];
      await using program = startProgram('script/carillon', command);
      const exit = await program.ended;
      return { exit, text: program.lines.join('\n') };
    },
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

/** Everything that was written. */
async function stored(redis: RedisClient): Promise<string> {
  const entries = await Promise.all(
    ['ordinary', 'problem'].map((kind) => redis.xrangeBuffer(`carillon:{trace}:${kind}`, '-', '+')),
  );
  const chunks = entries.flat().map(([, fields]) => fields[1]?.toString('latin1') ?? '');
  return chunks.join('');
}

test('each way that a push can go is told hop by hop, with no secret in it', async () => {
  await using site = await setup();
  const { installation, post, hops, trace } = site;
  await installation.startWorker();
  const answer = (phone: number, status: number, reason: string, retryAfter = 1): Promise<void> =>
    installation.script(iosToken(phone), { status, reason, headers: { 'retry-after': retryAfter } });
  await answer(2, 410, 'Unregistered');
  await answer(3, 429, 'TooManyRequests');
  await answer(4, 429, 'TooManyRequests', 200_000); // longer than a message lives

  for (const phone of [1, 2, 3, 4]) await post(messageNotify('all', phone));
  expect(await hops('all', 1, 'delivered')).toEqual(['queued', 'delivered']);
  await post(messageNotify('all', 1));
  expect(await hops('all', 2, 'dead')).toEqual(['queued', 'dead']);
  await post(messageNotify('all', 2, { eventId: eventIdOf('next') }));
  expect((await hops('all', 3, 'delayed')).slice(0, 3)).toEqual(['queued', 'later', 'delayed']);
  await installation.script(iosToken(3), undefined);
  expect((await hops('all', 3, 'delivered')).at(-1)).toBe('delivered');
  expect(await hops('all', 4, 'expired')).toEqual(['queued', 'later', 'expired']);
  await post(messageNotify('all', 5, { appId: 'com.example.stranger' }));
  expect(await hops('all', 5, 'unknown_app')).toEqual(['unknown_app']);
  expect(await hops('all', 1, 'duplicate')).toEqual(['queued', 'delivered', 'duplicate']);
  expect(await hops('next', 2, 'known_dead')).toEqual(['known_dead']);

  const { exit, text } = await trace(eventIdOf('all'));
  expect(exit).toBe(0);
  expect(text).toMatch(/^5 devices; times are of /);
  expect(text).toMatch(
    new RegExp(
      [
        '✓ com\\.example\\.app\\.ios, lane high, pushkey #[0-9a-f]{10}',
        '.* accepted and queued',
        '.*\\+.* delivered: ok, after \\d+ ms, its id [\\w-]{36}',
        '.*\\+.* came again: a duplicate of the one queued .* before\n',
      ].join('\n'),
    ),
  );
  expect(text).toMatch(/✗ .*\n.*rejected at the door: no app .* app_id com\.example\.stranger/);
  expect(text).toMatch(/dead: Unregistered, after \d+ ms\. The pushkey is rejected/);
  const json = JSON.parse((await trace('--json', eventIdOf('all'), iosPushkey(3))).text) as object;
  expect(json).toMatchObject({ found: true, devices: [{ verdict: 'delivered', app: iosApp, lane: 'high' }] });

  const minute = ['--since', '10m', '--until', '1s'];
  const byPushkey = await trace('--pushkey', Buffer.from(iosPushkey(2), 'base64').toString('hex'), '--json');
  expect(JSON.parse(byPushkey.text)).toMatchObject({ devices: [{ verdict: 'ended' }, { verdict: 'ended' }] });
  expect((await trace('--pushkey', iosPushkey(2), ...minute)).text).toMatch(/^2 pushes of 2 events/);
  expect((await trace('--room', '!nowhere:example.org')).text).toMatch(/without the index/);

  const kept = await stored(site.redis);
  expect(kept.length).toBeGreaterThan(100);
  for (const secret of [eventIdOf('all').slice(1, 20), iosPushkey(1).slice(0, 12), 'lunch'])
    expect(`${kept}${text}${JSON.stringify(json)}`).not.toContain(secret);

  const nobody = await trace('$nobody:example.org');
  expect(nobody).toEqual({ exit: 1, text: expect.stringMatching(/Nothing is known[^]*hops reach back to/) });
  expect((await trace('AllGvN')).text).toMatch(/single quotes/);
  expect((await trace(eventIdOf('all'), 'x')).text).toMatch(/known, but not for this pushkey/);
});

test('what a killed worker had comes back, what waits says why, and a Redis that is away is told', async () => {
  await using site = await setup();
  const { installation, post, hops, trace, redis } = site;
  const victim = await installation.startWorker();
  await installation.script(iosToken(1), { hang: true });
  await post(messageNotify('crash', 1));
  await expect.poll(async () => (await redis.keys('carillon:{*}in-flight:*')).length).toBe(1);
  victim.program.kill('SIGKILL');
  await victim.program.ended;
  expect(await hops('crash', 1, 'queued')).toEqual(['queued']);
  await post(messageNotify('waits', 2));
  await hops('waits', 2, 'queued');
  await expect
    .poll(async () => (await trace(eventIdOf('waits'))).text, { interval: 500 })
    .toMatch(/… .*\n.* accepted and queued\n {2}→ (its queue holds|no worker takes com\.example\.app\.ios)/);

  await installation.script(iosToken(1), undefined);
  await installation.startWorker();
  expect(await hops('crash', 1, 'delivered')).toEqual(['queued', 'recovered', 'delivered']);

  await installation.script('*', { status: 403, reason: 'InvalidProviderToken' });
  await post(messageNotify('parked', 3));
  expect((await hops('parked', 3, 'parked')).slice(0, 3)).toEqual(['queued', 'misconfigured', 'parked']);
  await expect
    .poll(async () => (await trace(eventIdOf('parked'))).text, { interval: 500 })
    .toMatch(/→ its app is parked, for InvalidProviderToken since .*: \w/);

  await installation.redis.stop();
  expect((await trace(eventIdOf('parked'))).exit).toBe(69);
});

test('with trace.keep of 0s nothing is written, and phones ring as ever', async () => {
  await using site = await setup('trace: {keep: 0s}\n');
  await site.installation.startWorker();
  const rung = site.installation.apns.nextLine((line) => line['token'] === iosToken(1));
  await site.post(messageNotify('off', 1));
  await rung;
  expect(await site.trace(eventIdOf('off'))).toEqual({
    exit: 1,
    text: expect.stringMatching(/no hops are kept: trace\.keep/),
  });
  expect(await site.redis.keys('*trace*')).toEqual([]);
});
