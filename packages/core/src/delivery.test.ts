import { expect, test } from 'vitest';
import { laneOf } from './delivery.ts';

test.each([
  ['m.room.message', 'high', 'high'],
  ['m.room.message', 'low', 'low'],
  ['m.call.invite', 'low', 'calls'],
  ['m.call.member', 'high', 'calls'],
  ['m.rtc.notification', 'high', 'calls'],
  ['org.matrix.msc3401.call', 'high', 'calls'],
  ['m.call.notify', 'high', 'calls'],
  ['org.matrix.msc4075.call.notify', 'high', 'calls'],
  ['org.matrix.msc4143.rtc.member', 'high', 'calls'],
  ['org.matrix.msc4310.rtc.decline', 'high', 'high'],
  ['m.call.hangup', 'high', 'high'],
  [undefined, 'high', 'high'],
] as const)('%s of prio %s waits in the lane %s', (type, prio, lane) => {
  expect(laneOf({ prio, ...(type !== undefined && { type }) })).toBe(lane);
});
