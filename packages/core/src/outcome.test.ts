import { expect, test } from 'vitest';
import { wasSent } from './outcome.ts';

test.each(['nothing_to_send', 'payload_too_large', 'pushkey_malformed', 'endpoint_not_allowed'])(
  '%s never left this process',
  (reason) => {
    expect(wasSent({ kind: 'refused', reason })).toBe(false);
  },
);

test('what a provider said was sent, and so is what may have reached it', () => {
  expect(wasSent({ kind: 'dead', reason: 'Unregistered', suspect: false })).toBe(true);
  expect(wasSent({ kind: 'refused', reason: 'PayloadTooLarge' })).toBe(true);
});
