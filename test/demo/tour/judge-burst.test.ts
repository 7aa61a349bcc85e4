import { describe, expect, it } from 'vitest';
import type { Notified } from '../world/people.ts';
import { installOnAndroid } from '../world/phone.ts';
import { createRingLog } from '../world/ring-log.ts';
import { judgeBurst } from './judge-burst.ts';

const killedAt = 1_000;

function setup(
  ringsOf: Readonly<Record<string, readonly { readonly at: number; readonly identity?: string }[]>>,
) {
  const user = { displayName: 'Bob', id: '@bob:example.org', phone: installOnAndroid("Bob's Android") };
  const rings = createRingLog();
  const messages = Object.entries(ringsOf).map(([eventId, list]): Notified => {
    for (const { at, identity = 'same' } of list)
      rings.add({ token: user.phone.token, eventId, text: eventId, identity, at });
    return {
      eventId,
      from: user,
      to: user,
      text: eventId,
      body: '',
      postedAt: 900,
      rejected: [],
      pusherDeleted: false,
    };
  });
  return { judge: () => judgeBurst(messages, rings, killedAt) };
}

describe('judgeBurst', () => {
  it('counts what rang first after the crash and what rang again apart from the rest', () => {
    const { judge } = setup({
      quick: [{ at: 930 }],
      late: [{ at: 9_900 }],
      again: [{ at: 950 }, { at: 9_900 }],
    });
    const { late, again, ringMs } = judge();
    expect(late.map(({ message, ms }) => [message.eventId, ms])).toEqual([['late', 9_000]]);
    expect(again.map(({ message, ms }) => [message.eventId, ms])).toEqual([['again', 9_000]]);
    expect(ringMs).toEqual([30, 50]);
  });

  it('does not accept a lost message', () => {
    const { judge } = setup({ rang: [{ at: 930 }], lost: [] });
    expect(judge).toThrow('1 of 2 messages were lost');
  });

  it('does not accept a second ring that would not replace the first', () => {
    const { judge } = setup({
      twice: [
        { at: 930, identity: 'one' },
        { at: 9_900, identity: 'two' },
      ],
    });
    expect(judge).toThrow('“twice” rang twice, as two notifications');
  });
});
