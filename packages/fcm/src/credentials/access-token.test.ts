import { expect, test } from 'vitest';
import { AccessToken } from './access-token.ts';
import type { NewToken, TokenFailure, TokenResult } from './token-exchange.ts';

const hour = 3_600_000;
const minute = 60_000;
const unreachable: TokenFailure = { ok: false, fault: 'token_endpoint_unreachable' };

/** A token whose exchanges end when the test says so, on a clock that the test moves. */
function setup() {
  let now = 1_000_000_000_000;
  const pending: ((result: TokenResult) => void)[] = [];
  const failures: { readonly fault: string; readonly inHand: boolean }[] = [];
  const token = new AccessToken({
    exchange: () => new Promise((resolve) => pending.push(resolve)),
    now: () => now,
    onFailed: ({ fault }, inHand) => failures.push({ fault, inHand }),
  });
  return {
    token,
    failures,
    advance: (ms: number) => {
      now += ms;
    },
    /** Exchanges asked for and not yet ended. */
    waiting: () => pending.length,
    /** Ends the oldest exchange and lets everybody hear of it. */
    async end(result: TokenResult) {
      const resolve = pending.shift();
      if (resolve === undefined) throw new Error('Nobody asked for a token');
      resolve(result);
      await new Promise((heard) => setImmediate(heard));
    },
  };
}

const fresh = (accessToken: string, lifetimeMs = hour): NewToken => ({ ok: true, accessToken, lifetimeMs });
const header = (accessToken: string) => ({ ok: true, header: `Bearer ${accessToken}` });

test('a crowd of sends asks once, and all get the same token', async () => {
  const s = setup();
  const asked = Array.from({ length: 200 }, () => s.token.get());
  expect(s.waiting()).toBe(1);
  await s.end(fresh('one'));
  expect(new Set(await Promise.all(asked.map((one) => Promise.resolve(one))))).toEqual(
    new Set([header('one')]),
  );
  expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(0);
});

test('five minutes before the end a new one is fetched in the background, and the old one used meanwhile', async () => {
  const s = setup();
  void s.token.get();
  await s.end(fresh('one'));
  s.advance(hour - 5 * minute - 1);
  expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(0);
  s.advance(1);
  for (let i = 0; i < 5; i += 1) expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(1);
  await s.end(fresh('two'));
  expect(s.token.get()).toEqual(header('two'));
});

test('while renewal fails the old token serves until it has expired, and the endpoint is left in peace', async () => {
  const s = setup();
  void s.token.get();
  await s.end(fresh('one'));
  s.advance(hour - 4 * minute);
  expect(s.token.get()).toEqual(header('one'));
  await s.end(unreachable);
  expect(s.failures).toEqual([{ fault: 'token_endpoint_unreachable', inHand: true }]);
  expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(0); // half a minute of peace
  s.advance(30_000);
  expect(s.token.get()).toEqual(header('one'));
  await s.end(unreachable);
  s.advance(4 * minute);
  const asked = s.token.get();
  expect(asked).toBeInstanceOf(Promise);
  await s.end(unreachable);
  expect(await asked).toEqual({ ok: false, fault: 'token_endpoint_unreachable' });
});

test('a failure is told to all who ask within the next second, without another exchange', async () => {
  const s = setup();
  const first = s.token.get();
  await s.end({ ok: false, fault: 'token_key_unknown' });
  expect(await first).toEqual({ ok: false, fault: 'token_key_unknown' });
  expect(s.token.get()).toEqual({ ok: false, fault: 'token_key_unknown' });
  expect(s.waiting()).toBe(0);
  s.advance(1000);
  const again = s.token.get();
  await s.end(fresh('one'));
  expect(await again).toEqual(header('one'));
});

test('a token that lives for a minute is not renewed with every send', async () => {
  const s = setup();
  void s.token.get();
  await s.end(fresh('one', minute));
  s.advance(44_000);
  expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(0);
  s.advance(1_000);
  expect(s.token.get()).toEqual(header('one'));
  expect(s.waiting()).toBe(1);
});

test('a refused token is renewed once for all who were refused with it', async () => {
  const s = setup();
  void s.token.get();
  await s.end(fresh('one'));
  const refused = Array.from({ length: 50 }, () => s.token.afterRefusal('Bearer one'));
  expect(s.waiting()).toBe(1);
  await s.end(fresh('two'));
  expect(new Set(await Promise.all(refused))).toEqual(new Set([header('two')]));
  // One that comes late finds it done.
  expect(await s.token.afterRefusal('Bearer one')).toEqual(header('two'));
  expect(s.waiting()).toBe(0);
});

test('a token that is refused although it is new is not renewed again for a minute', async () => {
  const s = setup();
  void s.token.get();
  await s.end(fresh('one'));
  const renewed = s.token.afterRefusal('Bearer one');
  await s.end(fresh('two'));
  await renewed;
  expect(await s.token.afterRefusal('Bearer two')).toBeUndefined();
  expect(s.waiting()).toBe(0);
  s.advance(minute);
  const later = s.token.afterRefusal('Bearer two');
  await s.end(fresh('three'));
  expect(await later).toEqual(header('three'));
});
