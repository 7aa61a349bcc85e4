import { expect, test } from 'vitest';
import { momentOf } from './moment.ts';

const now = new Date(2026, 10, 21, 14, 30).getTime(); // of whatever time zone this machine has

test.each([
  ['2h', now - 7_200_000],
  ['45s', now - 45_000],
  ['14:03', new Date(2026, 10, 21, 14, 3).getTime()],
  ['9:05', new Date(2026, 10, 21, 9, 5).getTime()],
  ['14:31', new Date(2026, 10, 20, 14, 31).getTime()],
  ['2026-11-20', new Date(2026, 10, 20).getTime()],
  ['2026-11-20 14:03', new Date(2026, 10, 20, 14, 3).getTime()],
  ['2026-11-20T14:03:07.5', new Date(2026, 10, 20, 14, 3, 7, 500).getTime()],
  ['2026-11-20T14:03Z', Date.UTC(2026, 10, 20, 14, 3)],
  ['2026-11-20T14:03+01:00', Date.UTC(2026, 10, 20, 13, 3)],
])('%s is a time', (text, moment) => {
  expect(momentOf('trace', '--since', text, now)).toBe(moment);
});

test.each(['', 'yesterday', '24:00', '14', '14:60', '2026-13-01', '20.11.2026', '1h ago', '-2h'])(
  '%j is none, and the cure says how times are written',
  (text) => {
    expect(() => momentOf('trace', '--since', text, now)).toThrow(
      expect.objectContaining({ exit: 'usage', cure: expect.stringContaining('14:03') }),
    );
  },
);
