import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Delivery } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import { SettingError, type ProviderContext, type ProviderModule } from './provider.ts';
import { withUnifiedPush } from './unified-push.ts';

const accepted: Outcome = { kind: 'delivered', reason: 'ok', sent: true };

/** A provider that answers as it is told, and tells what it was sent and made of. */
function providerOf(type: string, answer: Outcome = accepted) {
  const sent: string[] = [];
  const made: object[] = [];
  let isClosed = false;
  const module: ProviderModule = {
    types: [type],
    shape: { key: z.string() },
    obsoleteKeys: {},
    answers: [],
    check: ({ key }) => (key === 'wrong' ? [{ key: 'key', message: 'is wrong' }] : []),
    trim: (notification) => notification,
    create({ settings }) {
      if (settings['key'] === 'unreadable') throw new SettingError('key', 'cannot be read');
      made.push(settings);
      return {
        send(delivery) {
          sent.push(delivery.device.pushkey);
          return Promise.resolve(answer);
        },
        close() {
          isClosed = true;
          return Promise.resolve();
        },
      };
    },
  };
  return { module, sent, made, isClosed: () => isClosed };
}

const context = {} as ProviderContext; // these providers use nothing of it
const delivery = (pushkey: string) => ({ device: { appId: 'app', pushkey } }) as Delivery; // they read nothing else
const endpoint = 'https://push.example.org/UPabc?up=1';

function setup(answer?: Outcome) {
  const first = providerOf('fcm');
  const second = providerOf('webpush', answer);
  const module = withUnifiedPush(first.module, second.module);
  const open = (settings: Record<string, unknown>) => module.create({ name: 'app', settings }, context);
  return { first, second, module, open };
}

test('an endpoint goes the way of the section, any other pushkey to the provider itself', async () => {
  const { first, second, open } = setup();
  const provider = open({ key: 'a', unifiedpush: { key: 'b' } });
  expect(await provider.send(delivery('token:with-colon'))).toEqual(accepted);
  await provider.send(delivery('http://push.example.org/UPabc'));
  expect(await provider.send(delivery(endpoint))).toEqual({ ...accepted, aside: true });
  expect([first.sent, second.sent]).toEqual([
    ['token:with-colon', 'http://push.example.org/UPabc'],
    [endpoint],
  ]);
  expect([first.made, second.made]).toEqual([[{ key: 'a' }], [{ key: 'b' }]]);
  await provider.close();
  expect([first.isClosed(), second.isClosed()]).toEqual([true, true]);
});

test('without the section nothing is different', async () => {
  const { first, module, open } = setup();
  expect(module.second?.({ key: 'a' })).toBeUndefined();
  await open({ key: 'a' }).send(delivery(endpoint));
  expect(first.sent).toEqual([endpoint]);
});

// Invariant 7.
test('what an endpoint is suspected of is at most the fault of its push service', async () => {
  const dead = {
    kind: 'dead',
    reason: 'key_mismatch',
    sent: true,
    origin: 'https://push.example.org',
  } as const;
  const { open } = setup({ ...dead, suspect: true });
  const provider = open({ key: 'a', unifiedpush: { key: 'b' } });
  expect(await provider.send(delivery(endpoint))).toEqual({ ...dead, suspect: 'origin', aside: true });
});

test('what is wrong with the section is told with its place', () => {
  const { module, open } = setup();
  expect(module.check?.({ key: 'wrong', unifiedpush: { key: 'wrong' } })).toEqual([
    { key: 'key', message: 'is wrong' },
    { key: 'unifiedpush.key', message: 'is wrong' },
  ]);
  expect(() => open({ key: 'a', unifiedpush: { key: 'unreadable' } })).toThrow(
    expect.objectContaining({ name: 'SettingError', key: 'unifiedpush.key' }),
  );
});
