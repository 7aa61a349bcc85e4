import { expect, test } from 'vitest';
import { faultNames } from './faults.ts';
import { planFaults, readWantedFaults } from './schedule.ts';

test('the same seed plans the same faults, another seed others', () => {
  const wanted = readWantedFaults('all');
  expect(planFaults(7, 600_000, wanted)).toEqual(planFaults(7, 600_000, wanted));
  expect(planFaults(7, 600_000, wanted)).not.toEqual(planFaults(8, 600_000, wanted));
});

test('a long plan has every fault in it, and all are over before the load is', () => {
  const planned = planFaults(1, 600_000, readWantedFaults('all'));
  expect(new Set(planned.map(({ name }) => name))).toEqual(new Set(faultNames));
  expect(planned.filter(({ until }) => until >= 600_000)).toEqual([]);
});

test('no two faults of one target overlap', () => {
  const redis = planFaults(3, 600_000, readWantedFaults('redis-kill:2:1,redis-freeze:3:2,redis-away:30:9'));
  expect(redis.length).toBeGreaterThan(50);
  const overlaps = redis.filter((next, i) => i > 0 && next.at <= (redis[i - 1]?.until ?? 0));
  expect(overlaps).toEqual([]);
});

test('what comes every two seconds comes thirty times a minute, more or less', () => {
  const { length } = planFaults(5, 60_000, readWantedFaults('worker-kill:2'));
  expect(length).toBeGreaterThan(22);
  expect(length).toBeLessThan(42);
});

test('a fault that does not exist, and a time that is none, are named', () => {
  expect(() => readWantedFaults('worker-hug')).toThrow('"worker-hug" is none of worker-kill');
  expect(() => readWantedFaults('worker-kill:soon')).toThrow('wants seconds, not "soon"');
});
