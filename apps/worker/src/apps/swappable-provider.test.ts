import type { Delivery, Outcome, Provider } from '@carillon/core';
import { expect, test } from 'vitest';
import { createSwappableProvider } from './swappable-provider.ts';

/** A provider whose sends end when the test says so. */
function createHeld(reason: string) {
  const sends: PromiseWithResolvers<Outcome>[] = [];
  let closed = false;
  const provider: Provider = {
    send() {
      expect(closed).toBe(false);
      const send = Promise.withResolvers<Outcome>();
      sends.push(send);
      return send.promise;
    },
    async close() {
      closed = true;
    },
  };
  const answer = (): void => {
    for (const send of sends.splice(0)) send.resolve({ kind: 'delivered', reason, sent: true });
  };
  return { provider, answer, isClosed: () => closed };
}

const delivery = {} as Delivery; // neither looks at it

test('each send ends with the provider that it began with, and that one is closed after its last', async () => {
  const [old, next] = [createHeld('old'), createHeld('next')];
  const provider = createSwappableProvider(old.provider);
  const [first, second] = [provider.send(delivery), provider.send(delivery)];
  const swapped = provider.swap(next.provider);
  const third = provider.send(delivery);
  next.answer();
  expect(await third).toMatchObject({ reason: 'next' });
  expect(old.isClosed()).toBe(false);
  old.answer();
  expect(await Promise.all([first, second])).toMatchObject([{ reason: 'old' }, { reason: 'old' }]);
  await swapped;
  expect([old.isClosed(), next.isClosed()]).toEqual([true, false]);
  await provider.close();
  expect(next.isClosed()).toBe(true);
});

test('an idle provider is closed at once', async () => {
  const [old, next] = [createHeld('old'), createHeld('next')];
  const provider = createSwappableProvider(old.provider);
  const sent = provider.send(delivery);
  old.answer();
  await sent;
  await provider.swap(next.provider);
  expect(old.isClosed()).toBe(true);
  expect(provider.current).toBe(next.provider);
});
