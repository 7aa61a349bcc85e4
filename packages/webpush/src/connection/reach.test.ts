import { expect, onTestFinished, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { startFakeWebPush } from '../../../../test/fakes/webpush/server.ts';
import { pushServices } from './services.ts';
import { namedOrigins } from './reach.ts';
import { testSender } from '../provider.testing.ts';

/** A push service at `https://push.example:port`, and an app that may send to it. */
async function setup(settings: Readonly<Record<string, unknown>> = {}, proxy?: URL) {
  const service = await startFakeWebPush({ hosts: ['push.example', '127.0.0.1'] });
  onTestFinished(() => service.close());
  const sender = testSender(
    {
      allowed_endpoints: [`push.example:${service.port}`],
      allow_private_endpoints: ['127.0.0.0/8'],
      ca_file: service.caFile,
      ...settings,
    },
    {},
    proxy,
  );
  onTestFinished(() => sender[Symbol.asyncDispose]());
  return { service, origin: `https://push.example:${service.port}`, reach: () => sender.provider.reach?.() };
}

test('the push services that are written out are reached, and nothing is sent', async () => {
  const { service, origin, reach } = await setup();
  expect(await reach()).toEqual([{ origin }]);
  expect(service.connections).toBe(1);
  expect(service.strays).toEqual([]);
});

test('of the usual push services, those with a host of their own are tried', () => {
  const hosts = pushServices.flatMap((service) => service.hosts);
  expect(namedOrigins(hosts).map(({ origin }) => origin)).toEqual([
    'https://updates.push.services.mozilla.com',
    'https://fcm.googleapis.com',
  ]);
  expect(namedOrigins(['push.example.org:8443', '*.example.org', 'push.example.org:*'])).toEqual([
    new URL('https://push.example.org:8443'),
  ]);
});

test('a certificate that is not trusted is told', async () => {
  const { reach } = await setup({ ca_file: undefined });
  expect(await reach()).toMatchObject([{ problem: { cause: 'tls_untrusted' } }]);
});

test('a private address that is not allowed is told', async () => {
  const { reach, service } = await setup({ allow_private_endpoints: [] });
  expect(await reach()).toMatchObject([
    {
      problem: {
        cause: 'address_forbidden',
        cure: expect.stringContaining('allow_private_endpoints') as string,
      },
    },
  ]);
  expect(service.connections).toBe(0);
});

test('a port where nobody listens is told', async () => {
  const { reach, service } = await setup();
  await service.close();
  expect(await reach()).toMatchObject([{ problem: { cause: 'refused' } }]);
});

test('a name that nobody knows is told', async () => {
  const sender = testSender(
    { allowed_endpoints: ['push.example'] },
    { resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) },
  );
  onTestFinished(() => sender[Symbol.asyncDispose]());
  expect(await sender.provider.reach?.()).toMatchObject([{ problem: { cause: 'dns' } }]);
});

test('a proxy that refuses is told', async () => {
  await using shut = await startConnectProxy({ refuseWith: 407 });
  const { reach } = await setup({}, shut.url);
  expect(await reach()).toMatchObject([{ problem: { cause: 'proxy_credentials' } }]);
  const { reach: reachNowhere } = await setup({}, new URL('http://127.0.0.1:1'));
  expect(await reachNowhere()).toMatchObject([{ problem: { cause: 'proxy_unreachable' } }]);
});
