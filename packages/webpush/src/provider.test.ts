import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Delivery } from '@carillon/core';
import { describe, expect, test } from 'vitest';
import { startFakeWebPush } from '../../../test/fakes/webpush/server.ts';
import type { FakeWebPushOptions } from '../../../test/fakes/webpush/server.ts';
import type { Subscription } from '../../../test/fakes/webpush/subscription.ts';
import { webpushModule } from './index.ts';
import { makeDelivery } from '../../../test/fakes/delivery.ts';
import { testSender } from './provider.testing.ts';
import type { WebPushParts } from './provider.ts';

interface SetupOptions {
  readonly service?: FakeWebPushOptions;
  readonly settings?: object;
  readonly parts?: WebPushParts;
  readonly proxy?: URL;
}

/** A push service, and a sender that may reach it under any name. */
async function setup({ service: options, settings, parts, proxy }: SetupOptions = {}) {
  const service = await startFakeWebPush({
    hosts: [
      'localhost',
      '127.0.0.1',
      'updates.push.services.mozilla.com',
      'fcm.googleapis.com',
      '*.example.com',
    ],
    ...options,
  });
  const sender = testSender(
    {
      allowed_endpoints: [`*:${service.port}`],
      allow_private_endpoints: ['127.0.0.1/32'],
      ca_file: service.caFile,
      ...settings,
    },
    parts,
    proxy,
  );
  return {
    service,
    ...sender,
    send: (delivery: Delivery) => sender.provider.send(delivery),
    /** Sends and gives what the browser got. */
    async deliver(subscription: Subscription, fields: Parameters<typeof makeDelivery>[0] = {}) {
      const device = { pushkey: subscription.pushkey, data: subscription.data, ...fields.device };
      const outcome = await sender.provider.send(makeDelivery({ ...fields, device }));
      expect([outcome, ...service.violations]).toMatchObject([
        { kind: 'delivered', reason: 'ok', sent: true },
      ]);
      return subscription.inbox.next();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([service.close(), sender.provider.close()]);
    },
  };
}

function to(subscription: Subscription): Delivery {
  return makeDelivery({ device: subscription });
}

test('sends a message that a browser can open, signed for its origin', async () => {
  await using push = await setup();
  const message = await push.deliver(push.service.makeSubscription(), {
    notification: { content: { body: 'hello' } },
  });
  expect(JSON.parse(message.plaintext)).toEqual({
    event_id: '$event',
    room_id: '!room:example.org',
    content: { body: 'hello' },
  });
  expect(message).toMatchObject({
    ttl: 900,
    urgency: 'high',
    vapid: { claims: { aud: push.service.origin, sub: 'mailto:ops@example.com' } },
  });
  expect(message.topic).toBeUndefined();
});

describe('headers', () => {
  test.each([
    ['the configured one', { ttl: '1h' }, 86_400_000, 3600],
    ['until the delivery expires', {}, 300_000, 300],
    ['until a call expires', {}, 30_000, 30],
    ['never 0', {}, 10, 1],
    ['60 s for less', { ttl: 0 }, 86_400_000, 60],
  ])('TTL: %s', async (_what, settings, remainingMs, ttl) => {
    await using push = await setup({ settings });
    const expiresAt = push.context.now() + remainingMs;
    expect(await push.deliver(push.service.makeSubscription(), { expiresAt })).toMatchObject({ ttl });
  });

  test('Urgency: low for low priority', async () => {
    await using push = await setup();
    const message = await push.deliver(push.service.makeSubscription(), { notification: { prio: 'low' } });
    expect(message.urgency).toBe('low');
  });

  test('Topic: the room, where the client wants its last message only, and not by its name', async () => {
    await using push = await setup();
    const subscription = push.service.makeSubscription();
    const device = { data: { ...subscription.data, only_last_per_room: true } };
    const topics: (string | undefined)[] = [];
    for (const roomId of ['!a', '!a', '!b', ''])
      topics.push((await push.deliver(subscription, { device, notification: { roomId } })).topic);
    expect(topics[0]).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(topics[1]).toBe(topics[0]);
    expect(topics[2]).not.toBe(topics[0]);
    expect(topics[3]).toBeUndefined();
  });

  test('Topic: with Mozilla one for each event and device, and one for all badges', async () => {
    await using push = await setup();
    const mozilla = push.service.makeSubscription({ host: 'updates.push.services.mozilla.com' });
    const topics: (string | undefined)[] = [];
    for (const id of ['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBB']) {
      topics.push((await push.deliver(mozilla, { id })).topic);
      const badge = { eventId: '', roomId: '', counts: { unread: 1 } };
      topics.push((await push.deliver(mozilla, { id, notification: badge })).topic);
    }
    expect([topics[0], topics[2]]).toEqual(['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBB']);
    expect(topics[1]).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(topics[3]).toBe(topics[1]);
  });

  test('Topic: none with Google, whose phones keep four of them', async () => {
    await using push = await setup();
    const google = push.service.makeSubscription({ host: 'fcm.googleapis.com' });
    expect((await push.deliver(google)).topic).toBeUndefined();
  });
});

test('keeps to the 2641 bytes that reach a phone through Mozilla', async () => {
  await using push = await setup();
  const notification = { content: { body: '鐘'.repeat(1000) } };
  const sizes: number[] = [];
  for (const host of ['updates.push.services.mozilla.com', 'localhost']) {
    const message = await push.deliver(push.service.makeSubscription({ host }), { notification });
    sizes.push(Buffer.byteLength(message.plaintext));
  }
  expect(sizes[0]).toBeLessThanOrEqual(2641);
  expect(sizes[0]).toBeGreaterThan(2600);
  expect(sizes[1]).toBeGreaterThan(3000);
});

test('names the server only of a well-known service, and tells it nothing of the trace', async () => {
  await using push = await setup();
  const known = push.service.makeSubscription({ host: 'updates.push.services.mozilla.com' });
  const own = push.service.makeSubscription();
  const serverOf = ({ pushkey, data }: Subscription) =>
    push.provider.server?.(makeDelivery({ device: { pushkey, data } }));
  expect(serverOf(known)).toBe('updates.push.services.mozilla.com');
  expect(serverOf(own)).toBeUndefined();

  const { pushkey, inbox } = push.service.makeUnifiedPushEndpoint();
  const traceContext = '{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}';
  await push.send({ ...makeDelivery({ device: { pushkey } }), traceContext });
  expect(JSON.stringify(await inbox.next())).not.toMatch(/traceparent|0af7651916cd43dd/);
});

describe('UnifiedPush', () => {
  test('gets the notification as it is where the pushkey is a URL', async () => {
    await using push = await setup();
    const { pushkey, inbox } = push.service.makeUnifiedPushEndpoint();
    expect(webpushModule.unusable?.({ appId: 'app', pushkey })).toBeUndefined();
    expect(await push.send(makeDelivery({ device: { pushkey } }))).toMatchObject({ kind: 'delivered' });
    const { plaintext, headers } = await inbox.next();
    expect(JSON.parse(plaintext)).toEqual({
      notification: { event_id: '$event', room_id: '!room:example.org', prio: 'high' },
    });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', 'content-type': 'application/json' });
  });

  test('gets it encrypted where data has the keys', async () => {
    await using push = await setup();
    const { pushkey, data, inbox } = push.service.makeSubscription();
    const device = { pushkey: data.endpoint, data: { p256dh: pushkey, auth: data.auth } };
    expect(await push.send(makeDelivery({ device }))).toMatchObject({ kind: 'delivered' });
    expect(JSON.parse((await inbox.next()).plaintext)).toEqual({
      notification: { event_id: '$event', room_id: '!room:example.org', prio: 'high' },
    });
    expect(push.service.violations).toEqual([]);
  });
});

describe('connections', () => {
  test('are kept and used again', async () => {
    await using push = await setup();
    const subscription = push.service.makeSubscription();
    for (let count = 0; count < 5; count += 1) await push.deliver(subscription);
    expect(push.service.connections).toBe(1);
    expect(push.context.opened).toEqual(['app']);
    await push.provider.close();
    await push.provider.close();
    expect(await push.send(to(subscription))).toMatchObject({
      kind: 'later',
      reason: 'shutdown',
      sent: false,
    });
  });

  test('that the service closed in between cost nothing', async () => {
    await using push = await setup();
    const subscription = push.service.makeSubscription();
    await push.deliver(subscription);
    push.service.script(subscription, ({ attempt }) => (attempt === 2 ? { disconnect: true } : undefined));
    expect(await push.send(to(subscription))).toMatchObject({ kind: 'delivered' });
    expect(push.service.connections).toBe(2);
  });

  test('that nobody uses are closed after a while', async () => {
    await using push = await setup({ parts: { timing: { idleTimeoutMs: 50 } } });
    await push.deliver(push.service.makeSubscription());
    await expect.poll(() => push.context.closed).toEqual(['idle']);
  });

  test('end after what is under way has ended', async () => {
    await using push = await setup({ service: { latencyMs: 50 } });
    const subscription = push.service.makeSubscription();
    const sending = push.send(to(subscription));
    await push.service.messages.next();
    await push.provider.close();
    expect(await sending).toMatchObject({ kind: 'delivered' });
  });
});

test('never follows a redirect', async () => {
  await using push = await setup();
  const subscription = push.service.makeSubscription();
  for (const location of [
    '/trap',
    `https://127.0.0.1:${push.service.port}/trap`,
    'http://169.254.169.254/',
  ]) {
    push.service.script(subscription, { status: 308, headers: { location } });
    expect(await push.send(to(subscription))).toMatchObject({ kind: 'refused', reason: 'redirect' });
  }
  expect(push.service.strays).toEqual([]);
});

describe('gives up the body of an answer, and keeps its status, when it', () => {
  test('is slow', async () => {
    await using push = await setup({ parts: { timing: { bodyTimeoutMs: 100 } } });
    const subscription = push.service.makeSubscription();
    push.service.script(subscription, { status: 410, slowBody: true });
    expect(await push.send(to(subscription))).toMatchObject({ kind: 'dead', reason: 'http_410', sent: true });
  });

  test('is long', async () => {
    await using push = await setup();
    const subscription = push.service.makeSubscription();
    push.service.script(subscription, { status: 404, body: 'x'.repeat(50_000_000) });
    expect(await push.send(to(subscription))).toMatchObject({ kind: 'dead', reason: 'http_404', sent: true });
  });
});

test('connects to what was checked, and checks again for every connection (DNS rebinding)', async () => {
  const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']];
  const asked: [string, boolean][] = [];
  await using push = await setup({
    parts: {
      resolve: (name, named) => {
        asked.push([name, named]);
        return Promise.resolve(answers[asked.length - 1] ?? []);
      },
    },
  });
  const subscription = push.service.makeSubscription({ host: 'push.example.com' });
  push.service.script(subscription, ({ attempt }) => ({
    status: 201,
    headers: attempt === 1 ? { connection: 'close' } : {},
  }));
  const reasons: string[] = [];
  for (let count = 0; count < 4; count += 1) reasons.push((await push.send(to(subscription))).reason);
  expect(reasons).toEqual(['ok', 'address_forbidden', 'address_forbidden', 'ok']);
  expect(asked).toEqual(Array.from({ length: 4 }, () => ['push.example.com', false]));
  expect(push.service.connections).toBe(2);
});

describe('one push service in trouble', () => {
  test('holds no more sends than its share, and the others go on', async () => {
    await using push = await setup({ parts: { limits: { firstSends: 3 } } });
    const hanging = push.service.makeSubscription({ host: 'hanging.example.com' });
    const good = push.service.makeSubscription();
    push.service.script(hanging, { hang: true });
    const stuck = Array.from({ length: 10 }, () => push.send(to(hanging)));
    const turnedAway = await Promise.all(stuck.slice(3));
    expect(new Set(turnedAway.map(({ reason }) => reason))).toEqual(new Set(['origin_busy']));
    for (let count = 0; count < 3; count += 1) await push.service.messages.next();
    await push.deliver(good);
    await push.service.close();
    expect((await Promise.all(stuck.slice(0, 3))).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => 'connection_reset'),
    );
  });

  test('is left alone for a while, and tried again by one send', async () => {
    await using push = await setup();
    const failing = push.service.makeSubscription({ host: 'failing.example.com' });
    const good = push.service.makeSubscription();
    push.service.script(failing, { disconnect: true });
    for (let count = 0; count < 5; count += 1) await push.send(to(failing));
    const { connections } = push.service;
    const resting = await push.send(to(failing));
    expect(resting).toMatchObject({
      kind: 'later',
      reason: 'origin_resting',
      sent: false,
      spendsTry: false,
    });
    const { notBefore = 0 } = resting as { notBefore?: number };
    expect(notBefore - push.context.now()).toBeGreaterThanOrEqual(10_000);
    expect(push.service.connections).toBe(connections);
    await push.deliver(good);

    push.service.script(failing, undefined);
    push.context.advance(10_000);
    expect(await push.send(to(failing))).toMatchObject({ kind: 'delivered' });
    expect(await push.send(to(failing))).toMatchObject({ kind: 'delivered' });
  });

  test('or any number of them that have accepted nothing yet hold no more than theirs, and their waits grow', async () => {
    await using push = await setup({ parts: { limits: { strangerSends: 2 } } });
    const good = push.service.makeSubscription();
    await push.deliver(good);
    const strangers = ['a', 'b', 'c'].map((name) =>
      push.service.makeSubscription({ host: `${name}.example.com` }),
    );
    for (const stranger of strangers) push.service.script(stranger, { hang: true });
    const sends = strangers.map((stranger) => push.send(to(stranger)));
    expect(await sends[2]).toMatchObject({ reason: 'strangers_busy', sent: false, spendsTry: true });
    expect(await sends[2]).not.toHaveProperty('notBefore');
    await push.deliver(good);
    await push.service.close();
    await Promise.all(sends);
  });

  test('does not count what a service answers, whatever it is', async () => {
    await using push = await setup();
    const subscription = push.service.makeSubscription();
    push.service.script(subscription, { status: 500 });
    for (let count = 0; count < 8; count += 1)
      expect(await push.send(to(subscription))).toMatchObject({ reason: 'http_5xx' });
  });
});

describe('one push service that throttles', () => {
  const throttled = { status: 429, headers: { 'retry-after': '60' } };

  test('rests the endpoint that it was said of, and no other', async () => {
    await using push = await setup();
    const [one, other] = [push.service.makeSubscription(), push.service.makeSubscription()];
    push.service.script(one, throttled);
    expect(await push.send(to(one))).toMatchObject({ reason: 'http_429' });
    push.service.script(one, undefined);
    expect(await push.send(to(one))).toMatchObject({
      kind: 'later',
      reason: 'endpoint_resting',
      sent: false,
    });
    await push.deliver(other);
    push.context.advance(60_000);
    expect(await push.send(to(one))).toMatchObject({ kind: 'delivered' });
  });

  test('rests as a whole when it says so to several endpoints in a row, and is then asked once at a time', async () => {
    await using push = await setup();
    const other = push.service.makeSubscription({ host: 'other.example.com' });
    const all = Array.from({ length: 6 }, () => push.service.makeSubscription());
    for (const one of all) push.service.script(one, throttled);
    const reasons: string[] = [];
    for (const one of all) reasons.push((await push.send(to(one))).reason);
    const [asked, rests] = ['http_429', 'origin_resting'];
    expect(reasons).toEqual([asked, asked, asked, rests, rests, rests]);
    await push.deliver(other);
    push.context.advance(60_000);
    const again = await Promise.all(all.map((one) => push.send(to(one))));
    expect(again.map(({ reason }) => reason)).toEqual([asked, rests, rests, rests, rests, rests]);
    push.context.advance(60_000);
    for (const one of all) {
      push.service.script(one, undefined);
      expect(await push.send(to(one))).toMatchObject({ kind: 'delivered' });
    }
  });

  test('but accepts pushes between goes on', async () => {
    await using push = await setup();
    const good = push.service.makeSubscription();
    for (let count = 0; count < 6; count += 1) {
      const busy = push.service.makeSubscription();
      push.service.script(busy, throttled);
      expect(await push.send(to(busy))).toMatchObject({ reason: 'http_429' });
      await push.deliver(good);
    }
  });
});

describe('new origins', () => {
  test('that cannot be reached are tried less often each time, those that have worked are not', async () => {
    let isThere = true;
    await using push = await setup({
      parts: { resolve: () => Promise.resolve(isThere ? ['127.0.0.1'] : []) },
    });
    const known = push.service.makeSubscription({ host: 'known.example.com' });
    push.service.script(known, () => ({ status: 201, headers: { connection: 'close' } }));
    await push.send(to(known));
    isThere = false;
    const stranger = push.service.makeSubscription({ host: 'stranger.example.com' });
    const failed = { kind: 'later', reason: 'dns_failed', sent: false };
    expect(await push.send(to(known))).toMatchObject({ ...failed, spendsTry: false });
    expect(await push.send(to(stranger))).toMatchObject({ ...failed, spendsTry: true });
  });

  const host = (name: string) => ({ host: `${name}.example.com` });

  test('push out the stranger that was used longest ago', async () => {
    await using push = await setup({ parts: { limits: { strangers: 2 } } });
    for (const name of ['a', 'b', 'c', 'a']) {
      const stranger = push.service.makeSubscription(host(name));
      push.service.script(stranger, { status: 500 });
      await push.send(to(stranger));
    }
    expect(push.service.connections).toBe(4);
  });

  test('push out none that has accepted a push', async () => {
    await using push = await setup({ parts: { limits: { origins: 1, strangers: 1 } } });
    const known = push.service.makeSubscription(host('known'));
    await push.deliver(known);
    for (let count = 0; count < 5; count += 1)
      await push.deliver(push.service.makeSubscription(host(`stranger${count}`)));
    const { connections } = push.service;
    await push.deliver(known);
    expect(push.service.connections).toBe(connections);
  });
});

describe('through a proxy', () => {
  test('names that the operator wrote are left to it, others are resolved and checked here', async () => {
    const targets: string[] = [];
    const tunnels = new Set<Socket>();
    const proxy = createServer();
    proxy.on('connect', (request, client: Socket) => {
      targets.push(String(request.url));
      const upstream = connect(Number(String(request.url).split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) {
        tunnels.add(socket);
        socket.on('error', () => undefined);
      }
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port: proxyPort } = proxy.address() as AddressInfo;
    const asked: string[] = [];
    await using service = await startFakeWebPush({ hosts: ['named.example.com', '*.example.com'] });
    const sender = testSender(
      {
        allowed_endpoints: [`*:${service.port}`, `named.example.com:${service.port}`],
        allow_private_endpoints: ['127.0.0.1/32'],
        ca_file: service.caFile,
      },
      {
        resolve: (name) => {
          asked.push(name);
          return Promise.resolve(name.startsWith('evil') ? ['10.0.0.1'] : ['127.0.0.1']);
        },
      },
      new URL(`http://127.0.0.1:${proxyPort}`),
    );
    const reasons: string[] = [];
    for (const host of ['named', 'chosen', 'evil']) {
      const subscription = service.makeSubscription({ host: `${host}.example.com` });
      reasons.push((await sender.provider.send(to(subscription))).reason);
    }
    expect(reasons).toEqual(['ok', 'ok', 'address_forbidden']);
    expect(targets).toEqual([`named.example.com:${service.port}`, `127.0.0.1:${service.port}`]);
    expect(asked).toEqual(['chosen.example.com', 'evil.example.com']);
    await sender.provider.close();
    for (const socket of tunnels) socket.destroy();
    proxy.close();
    await once(proxy, 'close');
  });
});

test('says nothing in its log that is a secret, and the same thing once in 30 s', async () => {
  await using push = await setup();
  const subscription = push.service.makeSubscription();
  const { pushkey, data, path } = subscription;
  push.service.script(subscription, { status: 403, body: `No: ${data.endpoint} ${pushkey} ${data.auth}xx` });
  for (let count = 0; count < 3; count += 1) await push.send(to(subscription));
  push.context.advance(30_000);
  await push.send(to(subscription));
  expect(push.context.logged).toMatchObject([
    { level: 'error', fields: { reason: 'http_403', status: 403, fingerprint: 'fingerprint' } },
    { level: 'error', fields: { unlogged: 2 } },
  ]);
  const text = JSON.stringify(push.context.logged);
  for (const secret of [pushkey, data.auth, path.slice(4), '$event']) expect(text).not.toContain(secret);
});

test('gives the origin of a push service that refuses our credentials', async () => {
  await using push = await setup();
  const subscription = push.service.makeSubscription({ vapidKey: 'B'.repeat(87) });
  push.service.script(subscription, undefined);
  expect(await push.send(to(subscription))).toMatchObject({ kind: 'dead', suspect: true });
  const other = push.service.makeSubscription({ host: 'push.example.com' });
  push.service.script(other, { status: 401 });
  expect(await push.send(to(other))).toMatchObject({
    kind: 'misconfigured',
    origin: `https://push.example.com:${push.service.port}`,
    cure: expect.stringContaining('vapid_private_key') as string,
  });
});

test('tells when the certificates of ca_file expire; VAPID keys do not', async () => {
  await using s = await setup();
  const { validTo } = new X509Certificate(readFileSync(s.service.caFile));
  expect(s.provider.expiringCredentials).toMatchObject([
    { setting: 'ca_file', file: s.service.caFile, expiresAt: Date.parse(validTo) },
  ]);
});
