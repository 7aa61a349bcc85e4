import type { Hop } from '@carillon/hops';
import { createParking, createPauses } from '@carillon/queue';
import { expect, test } from 'vitest';
import { startTestInstallation } from '../installation.testing.ts';
import { whyStillWaiting } from './still-waiting.ts';

async function setup() {
  const installation = await startTestInstallation();
  const now = Date.now();
  return {
    redis: installation.redis,
    why: (last: Partial<Hop>) =>
      whyStillWaiting({
        redis: installation.redis,
        keyPrefix: 'carillon',
        apps: [{ name: 'ios', type: 'fcm' }] as never, // what is looked at of an app
        shards: 1,
        pushkeys: undefined,
        last: { kind: 'delayed', app: 'ios', lane: 'high', at: now - 1_000, ...last },
        now,
      }),
    now,
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  };
}

test('a delivery that waits for its next try is told its time, however fresh that is', async () => {
  await using s = await setup();
  expect(await s.why({ until: s.now + 23_000 })).toMatch(/^its time comes at /);
});

test('of one that should have gone on a moment ago, more may be written soon', async () => {
  await using s = await setup();
  expect(await s.why({ kind: 'queued' })).toBe('what happens is written within a second: ask again');
  expect(await s.why({ until: s.now - 100 })).toBe('what happens is written within a second: ask again');
});

test('a lane that an operator has paused is why, and who did it', async () => {
  await using s = await setup();
  const pause = { app: 'ios', lane: 'high', by: 'alice@host', since: s.now, reason: 'maintenance' } as const;
  await createPauses(s.redis, 'carillon').pause(pause);
  expect(await s.why({ until: s.now + 23_000 })).toMatch(
    /^its lane is paused by alice@host since .*: maintenance$/,
  );
  expect(await s.why({ until: s.now + 23_000, lane: 'calls' })).toMatch(/^its time comes at /);
});

test('an app that is parked is why, whatever its delivery waits for', async () => {
  await using s = await setup();
  await createParking(s.redis, 'carillon').park('ios', {
    kind: 'misconfigured',
    reason: 'BadTopic',
    cure: 'mend the topic',
  });
  expect(await s.why({ until: s.now + 23_000 })).toMatch(
    /^its app is parked, for BadTopic .*mend the topic$/,
  );
});

test('what was silent before its app was parked may have ended, and that is said first', async () => {
  await using s = await setup();
  await createParking(s.redis, 'carillon').park('ios', {
    kind: 'misconfigured',
    reason: 'BadTopic',
    cure: 'mend the topic',
  });
  const why =
    /^how it ended may be lost, .*; if it still waits: its app is parked, for BadTopic .*mend the topic$/;
  expect(await s.why({ kind: 'queued', at: s.now - 60_000 })).toMatch(why);
  expect(await s.why({ at: s.now - 60_000, until: s.now - 30_000 })).toMatch(why);
});
