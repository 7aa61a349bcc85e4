import { expect, test } from 'vitest';
import { laneOf } from './delivery.ts';

test.each([
  ['m.room.message', 'high', 'high'],
  ['m.room.message', 'low', 'low'],
  ['m.call.invite', 'low', 'calls'],
  ['m.call.member', 'high', 'calls'],
  ['m.rtc.notification', 'high', 'calls'],
  ['m.call.hangup', 'high', 'high'],
  [undefined, 'high', 'high'],
] as const)('%s of prio %s waits in the lane %s', (type, prio, lane) => {
  expect(laneOf({ prio, ...(type !== undefined && { type }) })).toBe(lane);
});
