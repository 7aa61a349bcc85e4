import { expect, test } from 'vitest';
import { judgeClock, type Clocks } from './judge-clock.ts';

const minutes = 60_000;
const clock = (of: string, aheadMs: number) => ({ of, aheadMs, uncertainMs: 600 });
const told = (clocks: Partial<Clocks>) =>
  judgeClock({ redis: [], providers: [], ...clocks }).map(({ kind, what, detail }) => [kind, what, detail]);
const here = 'the clock of this machine';

test('nobody knows the time: nothing is said', () => {
  expect(told({})).toEqual([]);
});

test('a clock that agrees with all others is right', () => {
  expect(told({ redis: [clock('redis', 900)], providers: [clock('fcm', -5_400), clock('fcm', 10)] })).toEqual(
    [['good', here, 'agrees with redis, fcm']],
  );
});

test('a provider has the right time', () => {
  expect(
    told({ redis: [clock('redis', 0)], providers: [clock('fcm', 10 * minutes), clock('apns', 0)] }),
  ).toEqual([['bad', here, 'is 10m behind that of fcm']]);
  expect(told({ providers: [clock('fcm', -20_000)] })).toEqual([
    ['warning', here, 'is 20s ahead of that of fcm'],
  ]);
});

test('Redis is blamed where providers agree with us, and one of both where nobody else knows', () => {
  expect(told({ redis: [clock('redis', 10 * minutes)], providers: [clock('fcm', 100)] })).toEqual([
    ['warning', 'redis', 'its clock is 10m ahead of ours, which agrees with fcm'],
  ]);
  expect(told({ redis: [clock('redis', -10 * minutes)] })).toEqual([
    ['bad', here, 'is 10m ahead of that of redis'],
  ]);
});
