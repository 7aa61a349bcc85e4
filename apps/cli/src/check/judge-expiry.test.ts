import { expect, test } from 'vitest';
import { judgeExpiry } from './judge-expiry.ts';

const now = Date.parse('2026-05-01T12:00:00Z');

test.each([
  [42, 'good', 'a.pem is valid until 2026-06-12, 42 days left'],
  [29.5, 'warning', 'a.pem is valid until 2026-05-31, 29 days left'],
  [1, 'warning', 'a.pem is valid until 2026-05-02, 1 day left'],
  [-1, 'bad', 'a.pem was valid until 2026-04-30'],
])('a certificate that has %d days left is %s', (days, kind, detail) => {
  const expiresAt = now + days * 86_400_000;
  expect(
    judgeExpiry('ios', { setting: 'certfile', file: 'a.pem', expiresAt, cure: 'renew it' }, now),
  ).toMatchObject({
    kind,
    what: 'apps.ios.certfile',
    detail,
  });
});
