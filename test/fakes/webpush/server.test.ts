import { describe, expect, test } from 'vitest';
import { serviceAnswers } from './answers.ts';
import { startFakeWebPush } from './server.ts';
import { keysFrom } from './subscription.ts';
import { createTestClient, rfc8291 } from './client.ts';
import type { FakeWebPushOptions } from './server.ts';

async function setup(options: FakeWebPushOptions = {}) {
  const service = await startFakeWebPush(options);
  const client = createTestClient(service);
  const keys = keysFrom(rfc8291.receiverPrivateKey, rfc8291.auth);
  const subscription = service.makeSubscription({ keys });
  return {
    service,
    client,
    keys,
    subscription,
    [Symbol.asyncDispose]: () => service.close(),
  };
}

test('opens the message of RFC 8291, appendix A, and answers 201 with Location and TTL', async () => {
  await using fake = await setup();
  const { status, headers } = await fake.client.post(fake.subscription.path);
  expect(status).toBe(201);
  expect(headers).toMatchObject({ location: expect.stringContaining('/m/wp/') as string, ttl: '60' });
  expect(fake.subscription.pushkey).toBe(rfc8291.receiverPublicKey);
  expect(await fake.subscription.inbox.next()).toMatchObject({
    plaintext: rfc8291.plaintext,
    ttl: 60,
    urgency: 'normal',
    protocol: 'http/1.1',
    attempt: 1,
  });
  expect(fake.service.violations).toEqual([]);
});

test('speaks HTTP/2 as well', async () => {
  await using fake = await setup();
  expect((await fake.client.postOverHttp2(fake.subscription.path)).status).toBe(201);
  expect(await fake.service.messages.next()).toMatchObject({ protocol: 'h2' });
});

test('speaks HTTP/1.1 alone where it is told so', async () => {
  await using fake = await setup({ protocols: ['http/1.1'] });
  expect((await fake.client.post(fake.subscription.path)).status).toBe(201);
  await expect(fake.client.postOverHttp2(fake.subscription.path)).rejects.toThrow(
    /application protocol|ALPN|session/i,
  );
});

describe('refuses', () => {
  test.each([
    ['no TTL', 400, { ttl: undefined }],
    ['a TTL that is no number', 400, { ttl: 'soon' }],
    ['a TTL of 0', 400, { ttl: '0' }],
    ['an unknown urgency', 400, { urgency: 'medium' }],
    ['a topic of 33 characters', 400, { topic: 'a'.repeat(33) }],
    ['a padded topic', 400, { topic: 'ab==' }],
    ['a topic whose length is 1 mod 4', 400, { topic: 'a'.repeat(5) }],
    ['another content encoding', 415, { 'content-encoding': 'aesgcm' }],
    ['headers of the draft', 400, { 'crypto-key': 'dh=AAAA' }],
    ['no credentials', 401, { authorization: undefined }],
    ['credentials of the draft', 403, { authorization: 'WebPush abc' }],
  ])('%s', async (_what, status, changes) => {
    await using fake = await setup();
    expect((await fake.client.post(fake.subscription.path, changes)).status).toBe(status);
    expect(fake.service.violations).toHaveLength(1);
    expect(fake.service.messages.received).toEqual([]);
  });

  test.each([
    ['of another origin', { aud: 'https://push.example.com' }],
    ['that are over', { exp: 1_700_000_000 }],
    ['that hold for more than a day', { exp: Math.floor(Date.now() / 1000) + 90_000 }],
    ['without expiry', { exp: undefined }],
    ['without contact', { sub: undefined }],
    ['with a name around the address', { sub: 'mailto: <ops@example.com>' }],
  ])('credentials %s', async (_what, claims) => {
    await using fake = await setup();
    const { path } = fake.subscription;
    expect((await fake.client.post(path, { authorization: fake.client.vapid(claims) })).status).toBe(403);
  });

  test('credentials of another algorithm, or signed by another key', async () => {
    await using fake = await setup();
    const { path } = fake.subscription;
    const other = createTestClient(fake.service);
    const forged = other.vapid().replace(/k=.*/, `k=${fake.client.vapidKey}`);
    expect((await fake.client.post(path, { authorization: fake.client.vapid({}, 'none') })).status).toBe(403);
    expect((await fake.client.post(path, { authorization: forged })).status).toBe(403);
  });

  test('a key that is not the one the subscription was made with', async () => {
    await using fake = await setup();
    const { path } = fake.service.makeSubscription({ keys: fake.keys, vapidKey: 'B'.repeat(87) });
    const { status, body } = await fake.client.post(path);
    expect(status).toBe(403);
    expect(body).toContain('do not correspond');
    const own = fake.service.makeSubscription({ keys: fake.keys, vapidKey: fake.client.vapidKey });
    expect((await fake.client.post(own.path)).status).toBe(201);
  });

  test('a body that is for another subscription, broken, or in two records', async () => {
    await using fake = await setup();
    const body = Buffer.from(rfc8291.body, 'base64url');
    const other = fake.service.makeSubscription();
    expect((await fake.client.post(other.path)).status).toBe(400);
    const flipped = Buffer.from(body);
    flipped[body.length - 1] = (flipped[body.length - 1] ?? 0) ^ 1;
    expect((await fake.client.post(fake.subscription.path, {}, flipped)).status).toBe(400);
    const small = Buffer.from(body);
    small.writeUInt32BE(20, 16);
    expect((await fake.client.post(fake.subscription.path, {}, small)).status).toBe(400);
    expect((await fake.client.post(fake.subscription.path, {}, body.subarray(0, 50))).status).toBe(400);
    expect(fake.service.violations).toEqual([
      'cannot be decrypted with the keys of this subscription',
      'cannot be decrypted with the keys of this subscription',
      'more than one record',
      'key ID is not an uncompressed P-256 point',
    ]);
  });

  test('4097 bytes with 413, and not 4096', async () => {
    await using fake = await setup();
    const { path } = fake.subscription;
    expect((await fake.client.post(path, {}, Buffer.alloc(4097))).status).toBe(413);
    expect((await fake.client.post(path, {}, Buffer.alloc(4096))).status).toBe(400);
  });
});

test('answers 404 for what is no subscription, and remembers it as a stray', async () => {
  await using fake = await setup();
  expect((await fake.client.post('/latest/meta-data')).status).toBe(404);
  expect(fake.service.strays).toEqual(['POST /latest/meta-data']);
});

test('takes messages of UnifiedPush as they are', async () => {
  await using fake = await setup();
  const endpoint = fake.service.makeUnifiedPushEndpoint();
  const plain = Buffer.from('{"notification":{}}');
  const unsigned = { authorization: undefined };
  const uncoded = { ...unsigned, 'content-encoding': undefined };
  expect((await fake.client.post(endpoint.path, uncoded, plain)).status).toBe(400);
  expect((await fake.client.post(endpoint.path, unsigned, plain)).status).toBe(201);
  expect(await endpoint.inbox.next()).toMatchObject({ plaintext: '{"notification":{}}' });
});

test('answers as scripted: status, headers and body of each service', async () => {
  await using fake = await setup();
  const { service, client, subscription } = fake;
  const answers = Object.values(serviceAnswers).flatMap((ofOne) => Object.values(ofOne));
  for (const answer of answers) {
    service.script(subscription, answer);
    const { status, headers, body } = await client.post(subscription.path);
    expect(status).toBe(answer.status);
    expect(headers).toMatchObject(answer.headers ?? {});
    expect(body).toBe(answer.body ?? '');
  }
  service.script(subscription, undefined);
  expect((await client.post(subscription.path)).status).toBe(201);
  const taken = answers.filter(({ status }) => status < 300).length;
  expect(subscription.inbox.received).toHaveLength(taken + 1);
});

test('closes the connection where told so, and gives up a slow body when it ends', async () => {
  await using fake = await setup();
  const { service, client, subscription } = fake;
  service.script(subscription, { disconnect: true });
  await expect(client.post(subscription.path)).rejects.toThrow('socket hang up');
  service.script(subscription, { status: 500, slowBody: true });
  const slow = client.post(subscription.path);
  slow.catch(() => undefined);
  await service.messages.next();
  await service.messages.next();
  await service.close();
  await expect(slow).rejects.toThrow('aborted');
});
