import { expect, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { setupSender } from '../provider.testing.ts';
import type { ConnectProxyOptions } from '../../../../test/fakes/fcm/connect-proxy.ts';
import type { FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from '../provider.testing.ts';

function setup({ fake, ...options }: SenderOptions & { readonly fake?: FakeFcmOptions } = {}) {
  return setupSender((now) => startFakeFcm({ now, ...fake }), options);
}

test.each([
  ['without credentials', {}],
  ['with user and password', { credentials: 'user:p%40ss'.replace('%40', '') }],
])('messages and token exchanges go through the proxy, %s', async (_, options: ConnectProxyOptions) => {
  await using proxy = await startConnectProxy(options);
  await using s = await setup({ proxy: proxy.url });
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  const { host } = new URL(s.fcm.url);
  expect(proxy.asked).toEqual([host, host]); // one for the token, one for the messages
  expect(s.fcm.received[0]?.protocol).toBe('h2');
});

test('a plain endpoint is reached through the proxy, too', async () => {
  await using proxy = await startConnectProxy();
  await using s = await setup({ proxy: proxy.url, fake: { plain: true } });
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(proxy.asked.length).toBe(2);
});

test('a proxy that is not there keeps the access token from being asked for', async () => {
  await using s = await setup({ proxy: new URL('http://127.0.0.1:1') });
  expect(await s.provider.send(makeDelivery())).toMatchObject({
    kind: 'later',
    reason: 'token_endpoint_unreachable',
    spendsTry: false,
  });
});

test('endpoint and token endpoint of one origin are reached once, and no request is sent', async () => {
  await using s = await setup();
  expect(await s.provider.reach?.()).toEqual([{ origin: s.fcm.url }]);
  expect([s.fcm.received, s.fcm.tokenExchanges]).toEqual([[], 0]);
});
