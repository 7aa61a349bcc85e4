import { expect, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { dial, DialError } from './dial.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { makeDelivery, setupSender } from '../provider.testing.ts';
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

test.each([
  ['wants another password', { credentials: 'user:right' }, 'HTTP 407'],
  ['opens no way', { refuseWith: 503 }, 'HTTP 503'],
])(
  'a proxy that %s is a passing fault, and the log says whose',
  async (_, options: ConnectProxyOptions, code) => {
    await using proxy = await startConnectProxy(options);
    const url = new URL(proxy.url);
    url.password = 'wrong';
    await expect(
      dial({ origin: new URL('https://fcm.invalid'), alpn: ['h2'], proxy: url, timeoutMs: 5000 }),
    ).rejects.toEqual(new DialError('proxy_failed', code));
    expect(proxy.asked).toEqual(['fcm.invalid:443']);
  },
);

test('a proxy that is not there', async () => {
  const proxy = new URL('http://127.0.0.1:1');
  await using s = await setup({ proxy });
  expect(await s.provider.send(makeDelivery())).toMatchObject({
    kind: 'later',
    reason: 'token_endpoint_unreachable',
    spendsAttempt: false,
  });
  await expect(
    dial({ origin: new URL(s.fcm.url), alpn: ['h2'], proxy, timeoutMs: 5000 }),
  ).rejects.toMatchObject({
    fault: 'proxy_failed',
  });
});

test('a name that does not exist', async () => {
  const dialing = dial({ origin: new URL('http://no-such-host.invalid'), alpn: [], timeoutMs: 20_000 });
  await expect(dialing).rejects.toMatchObject({ fault: 'dns_failed' });
});
