import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connectPatiently, createRateLimit } from '@carillon/queue';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../test/redis/private-redis.ts';
import { openDoor } from './door.testing.ts';
import { notifyPath } from './http-app.ts';
import { testPushEventId } from './intake.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const device = { app_id: 'com.example.app', pushkey: 'key' };
const kib = 1_024;

/** The beginning of a notify request of so many bytes, of which some are sent. */
async function beginNotify(port: number, bytes: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = `POST ${notifyPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`;
  await new Promise<unknown>((resolve) => socket.write(head + 'x'.repeat(sent), resolve));
  return socket;
}

function notifyText(notify: unknown): string {
  const body = JSON.stringify(notify);
  return `POST ${notifyPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

const answerOf = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

describe('the room for requests under way (invariants 13 and 14)', () => {
  test('a body that arrives slowly makes room for one that is there', async () => {
    await using s = await openDoor(server, { roomBytes: 80 * kib });
    const slow = await beginNotify(s.port, 50 * kib, 40 * kib);
    const answer = answerOf(slow);
    const content = { body: 'b'.repeat(30 * kib) };
    const { status } = await s.notify({ notification: { event_id: '$1', content, devices: [device] } });
    expect(status).toBe(200);
    expect(await answer).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*M_UNKNOWN/);
    slow.destroy();
  });

  test('what waits for its answer takes room, and what finds none is told so at once', async () => {
    await using s = await openDoor(server, { roomBytes: 20 * kib });
    const notification = { event_id: testPushEventId, devices: [device] };
    const waiting = s.notify({ notification });
    await s.admitted(1);
    const refused = await s.notify({ notification: { event_id: '$2', devices: [device] } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await waiting).status).toBe(200);
    expect((await s.notify({ notification: { event_id: '$2', devices: [device] } })).status).toBe(200);
  });

  test('a body in chunks of a byte is one body', async () => {
    await using s = await openDoor(server);
    const socket = connect(s.port, '127.0.0.1');
    const body = JSON.stringify({
      notification: { event_id: '$1', content: { body: 'é'.repeat(3_000) }, devices: [device] },
    });
    socket.write(`POST ${notifyPath} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
    for (const byte of Buffer.from(body)) socket.write(Buffer.from([0x31, 13, 10, byte, 13, 10]));
    socket.write('0\r\n\r\n');
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 [^]*{"rejected":\[\]}/);
    socket.destroy();
  });
});

test('numbers do not grow on their way to the queue', async () => {
  await using s = await openDoor(server);
  const numbers = Array.from({ length: 2_000 }, () => '1e20').join();
  const body = (event: string, list: string): string =>
    `{"notification":{"event_id":"${event}","content":{"list":[${list}]},"devices":[${JSON.stringify(device)}]}}`;
  expect((await s.notify(body('$grows', numbers))).status).toBe(200);
  expect((await s.notify(body('$honest', '1e2,0.5'))).status).toBe(200);
  const stored = await s.storedDeliveries();
  expect(stored.map((text) => text.length < 2 * numbers.length)).toEqual([true, true]);
  expect(stored.join()).toContain('"list":[100,0.5]');
});

// Invariant 14.
test('of too many connections the one goes that has been without a request longest', async () => {
  await using s = await openDoor(server, { maxConnections: 3 });
  const open = async (
    text: string,
  ): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> => {
    const socket = connect(s.port, '127.0.0.1');
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return { socket: socket.resume(), closed };
  };
  const head = await open(`POST ${notifyPath} HTTP/1.1\r\nhost:`);
  const busy = await open(notifyText({ notification: { event_id: testPushEventId, devices: [device] } }));
  await s.admitted(1);
  const idle = await open('');
  const answered = answerOf(busy.socket);
  const first = await open('');
  await head.closed;
  const second = await open('');
  await idle.closed;
  expect(await answered).toMatch(/^HTTP\/1\.1 200 /);
  for (const { socket } of [busy, first, second]) {
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  }
});

// Invariant 14.
test('devices of one address are limited, over all doors together', async () => {
  const redis = connectPatiently(server.settings);
  onTestFinished(() => redis.disconnect());
  const second = { now: 1_700_000_000_000 };
  const rateLimit = createRateLimit(redis, { keyPrefix: 'limited', perSecond: 4, now: () => second.now });
  const options = { rateLimit, trustProxy: ['127.0.0.1'] };
  await using one = await openDoor(server, options);
  await using other = await openDoor(server, options);
  const from = (door: typeof one, address: string, devices = 1) =>
    door.notify(
      {
        notification: {
          devices: Array.from({ length: devices }, (_, n) => ({ ...device, pushkey: `${n}` })),
        },
      },
      { headers: { 'x-forwarded-for': address } },
    );
  expect((await from(one, '192.0.2.1:4711', 3)).status).toBe(200);
  expect((await from(other, '192.0.2.1')).status).toBe(200);
  const limited = await from(one, '192.0.2.1:4712');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
  expect(limited.body).toMatchObject({ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1_000 });
  expect((await from(one, '2001:db8::1')).status).toBe(200);
  expect((await from(other, '2001:db8::2', 3)).status).toBe(200);
  expect((await from(other, '2001:db8::3')).status).toBe(429);
  second.now += 1_000;
  expect((await from(other, '192.0.2.1')).status).toBe(200);
  expect((await fetch(`${one.url}/health`)).status).toBe(200);
});

test('while Redis cannot count, a body that stops half-way holds its connection no longer than any other', async () => {
  const rateLimit = { take: () => Promise.reject(new Error('Redis is away')) };
  await using s = await openDoor(server, { rateLimit });
  const socket = await beginNotify(s.port, 500 * kib, 10 * kib);
  const closed = once(socket, 'close');
  expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 503 /);
  const answeredAt = performance.now();
  socket.resume();
  await closed;
  expect(performance.now() - answeredAt).toBeLessThan(20_000); // 30 s is the time for a whole request
});

describe('devices that stand twice in one request', () => {
  test.each([
    ['an event', { event_id: '$1' }],
    ['a test push', { event_id: testPushEventId }],
    ['a badge update', { counts: { unread: 1 } }],
    ['something without an id', { room_id: '!r', content: {} }],
  ])('ring once: %s', async (_name, fields) => {
    await using s = await openDoor(server, { maxDevices: 100 });
    const twin = { ...device, data: { b: 1, a: {} }, pushkey_ts: 5 };
    const devices = Array.from({ length: 50 }, () => [device, twin, { ...twin, pushkey_ts: 6 }]).flat();
    const { status } = await s.notify({ notification: { ...fields, devices: devices.slice(0, 100) } });
    expect(status).toBe(200);
    const results = s.counted.map(([, result]) => result);
    expect(results.filter((result) => result !== 'duplicate')).toEqual(['queued', 'queued']);
    expect(results).toHaveLength(100);
  });
});

// Invariant 15.
test('a pushkey in another spelling is the same registration', async () => {
  await using s = await openDoor(server);
  for (const pushkey of ['key', ' key', 'key '])
    await s.notify({ notification: { event_id: '$spelled', devices: [{ app_id: 'small', pushkey }] } });
  expect(s.counted.map(([, result]) => result)).toEqual(['queued', 'duplicate', 'duplicate']);
});

test('a delivery holds what its phone can be shown, trimmed once for all devices of a type', async () => {
  let trims = 0;
  await using s = await openDoor(server, {}, undefined, (notification) => {
    trims += 1;
    return { ...notification, content: 'trimmed' };
  });
  const content = { body: 'b'.repeat(100_000) };
  const devices = ['1', '2', '3'].map((pushkey) => ({ ...device, pushkey }));
  expect((await s.notify({ notification: { event_id: '$1', content, devices } })).status).toBe(200);
  const stored = await s.storedDeliveries();
  expect(stored.map((text) => text.length < 1_000 && text.includes('"trimmed"'))).toEqual([true, true, true]);
  expect(trims).toBe(1);
});

test('each request is heard of with its caller, whatever became of it, and one that was refused counts no devices', async () => {
  await using s = await openDoor(server, { trustProxy: ['127.0.0.1'] });
  const from = (address: string): RequestInit => ({ headers: { 'x-forwarded-for': address } });
  const devices = [device, { app_id: 'com.stranger', pushkey: 'key' }];
  await s.notify({ notification: { event_id: '$1', devices } }, from('198.51.100.1:4711'));
  await s.notify('no JSON', from('[2001:db8:1:2::9]:80'));
  await s.notify({ notification: { devices: Array.from({ length: 4 }, () => device) } }, from('192.0.2.1'));
  const heard = s.called.map(([caller, { status, devices: count, rejected }]) => [
    caller,
    status,
    count,
    rejected,
  ]);
  expect(heard).toEqual([
    ['198.51.100.1', 200, 2, 1],
    ['2001:db8:1:2::/64', 400, 0, 0],
    ['192.0.2.1', 413, 0, 0],
  ]);
  expect(s.called.every(([, { tookMs }]) => tookMs > 0)).toBe(true);
});
