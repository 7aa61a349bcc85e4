import { expect, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { createECDH, randomBytes } from 'node:crypto';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { testSender } from '../provider.testing.ts';

/** Sends to an endpoint at this host through a proxy; whatever is asked for leads to this address. */
async function sendTo(host: string, allowed: string, address: string) {
  await using proxy = await startConnectProxy({ refuseWith: 503 });
  await using sender = testSender(
    { allowed_endpoints: [allowed] },
    { resolve: () => Promise.resolve([address]) },
    proxy.url,
  );
  const pushkey = createECDH('prime256v1').generateKeys('base64url');
  const data = { endpoint: `https://${host}/wp/bell`, auth: randomBytes(16).toString('base64url') };
  const { reason } = await sender.provider.send(makeDelivery({ device: { pushkey, data } }));
  return { reason, asked: [...proxy.asked] };
}

test.each(['*.push.example.org', '*'])(
  'below %s a proxy is asked for no private address',
  async (allowed) => {
    expect(await sendTo('evil.push.example.org', allowed, '10.0.0.1')).toEqual({
      reason: 'address_forbidden',
      asked: [],
    });
  },
);

test('below a glob a proxy is asked for the address that was checked, not for the name', async () => {
  expect(await sendTo('bell.push.example.org', '*.push.example.org', '93.184.216.34')).toEqual({
    reason: 'proxy_failed',
    asked: ['93.184.216.34:443'],
  });
});

test.each([
  ['push.example.org', 'push.example.org'],
  ['web.push.apple.com', '*.push.apple.com'],
])('a proxy itself looks up %s, which no client can lead elsewhere', async (host, allowed) => {
  expect(await sendTo(host, allowed, '10.0.0.1')).toEqual({ reason: 'proxy_failed', asked: [`${host}:443`] });
});
