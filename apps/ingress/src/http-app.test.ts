import { once } from 'node:events';
import { connect } from 'node:net';
import { registrationKey, withAddress } from '@carillon/core';
import { createRejections, fixedShards, sendReply, type RedisSettings } from '@carillon/queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localRedis } from '../../../test/redis/private-server.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../test/redis/private-redis.ts';
import { openDoor } from './door.testing.ts';
import { notifyPath, type HttpAppOptions } from './http-app.ts';
import { testPushEventId } from './intake.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const setup = (options?: Partial<HttpAppOptions>, settings?: RedisSettings) =>
  openDoor(server, options, settings);

const byText = (a: string, b: string): number => a.localeCompare(b);
const device = { app_id: 'com.example.app', pushkey: 'key' };
const event = { event_id: '$1', devices: [device] };
const accepted = { status: 200, body: { rejected: [] as string[] } };

describe('what can be read is answered 200', () => {
  const cases: [string, unknown][] = [
    ['an event', { notification: event }],
    [
      'a badge update of Synapse',
      { notification: { id: '', type: null, sender: '', counts: { unread: 0 }, devices: [device] } },
    ],
    [
      'data and tweaks of Dendrite',
      { notification: { ...event, devices: [{ ...device, data: null, tweaks: { highlight: null } }] } },
    ],
    ['no devices', { notification: { devices: [] } }],
    [
      'devices and counts beside the notification',
      { notification: { id: 'x' }, devices: [device], counts: { unread: 1 } },
    ],
    [
      'unknown keys at every level',
      { a: 1, notification: { ...event, b: 2, counts: { c: 3 }, devices: [{ ...device, d: 4 }] } },
    ],
    [
      'display names of wrong types',
      { notification: { ...event, sender_display_name: 5, room_name: {}, prio: [], counts: 'x' } },
    ],
    [
      'keys that JavaScript knows',
      '{"notification":{"event_id":"$1","content":{"__proto__":{"a":1},"constructor":{"prototype":1}},"devices":[{"app_id":"com.example.app","pushkey":"key"}]}}',
    ],
    [
      'content deeper than the stack',
      `{"notification":{"event_id":"$1","content":${'['.repeat(100_000)}${']'.repeat(100_000)},"devices":[{"app_id":"com.example.app","pushkey":"key"}]}}`,
    ],
    [
      'data deeper than the stack',
      `{"notification":{"event_id":"$1","devices":[{"app_id":"com.example.app","pushkey":"key","data":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}}`,
    ],
    [
      'half a surrogate pair',
      '{"notification":{"event_id":"$\\ud800","content":{"body":"\\udc00"},"devices":[{"app_id":"com.example.app","pushkey":"key"}]}}',
    ],
  ];
  test.each(cases)('%s', async (_name, body) => {
    await using s = await setup();
    expect(await s.notify(body)).toMatchObject(accepted);
  });

  test('whatever its content type says', async () => {
    await using s = await setup();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense',
      'application/json; charset=latin1',
    ]) {
      expect(await s.notify({ notification: event }, { headers: { 'content-type': type } })).toMatchObject(
        accepted,
      );
    }
  });
});

describe('what cannot be read gets the Matrix error that names the field', () => {
  const cases: [string, unknown, number, string, RegExp][] = [
    ['no JSON', '{', 400, 'M_NOT_JSON', /JSON/],
    ['an empty body', '', 400, 'M_NOT_JSON', /JSON/],
    ['a list', [], 400, 'M_BAD_JSON', /body/],
    ['no notification', {}, 400, 'M_MISSING_PARAM', /notification/],
    ['a null notification', { notification: null }, 400, 'M_MISSING_PARAM', /notification/],
    ['a notification that is a list', { notification: [] }, 400, 'M_BAD_JSON', /notification/],
    ['no devices', { notification: {} }, 400, 'M_MISSING_PARAM', /devices/],
    ['devices that are an object', { notification: { devices: {} } }, 400, 'M_BAD_JSON', /devices/],
    ['a device that is a text', { notification: { devices: ['x'] } }, 400, 'M_BAD_JSON', /devices\[0\]/],
    [
      'no pushkey',
      { notification: { devices: [device, { app_id: 'a' }] } },
      400,
      'M_MISSING_PARAM',
      /devices\[1\]\.pushkey/,
    ],
    [
      'a null app_id',
      { notification: { devices: [{ app_id: null, pushkey: 'k' }] } },
      400,
      'M_MISSING_PARAM',
      /app_id/,
    ],
    [
      'a pushkey that is a number',
      { notification: { devices: [{ app_id: 'a', pushkey: 5 }] } },
      400,
      'M_BAD_JSON',
      /pushkey/,
    ],
    [
      'too many devices',
      { notification: { devices: [device, device, device, device] } },
      413,
      'M_TOO_LARGE',
      /devices/,
    ],
    ['too large a body', 'x'.repeat(600_000), 413, 'M_TOO_LARGE', /524288/],
  ];
  test.each(cases)('%s', async (_name, body, status, errcode, error) => {
    await using s = await setup();
    expect(await s.notify(body)).toMatchObject({
      status,
      body: { errcode, error: expect.stringMatching(error) as unknown },
    });
  });

  test('bytes that are no UTF-8', async () => {
    await using s = await setup();
    const response = await fetch(s.url + notifyPath, {
      method: 'POST',
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errcode: 'M_NOT_JSON' });
  });

  test('a content encoding', async () => {
    await using s = await setup();
    const answer = await s.notify({ notification: event }, { headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(415);
  });

  test('unknown paths and wrong methods', async () => {
    await using s = await setup();
    for (const [method, path, status, allow] of [
      ['GET', '/', 404, null],
      ['POST', `${notifyPath}/`, 404, null],
      ['POST', '/%', 404, null],
      ['GET', notifyPath, 405, 'POST'],
      ['DELETE', `${notifyPath}?x=1`, 405, 'POST'],
      ['POST', '/health', 405, 'GET'],
    ] as const) {
      const response = await fetch(s.url + path, { method });
      expect([method, path, response.status, response.headers.get('allow')]).toEqual([
        method,
        path,
        status,
        allow,
      ]);
      expect(await response.json()).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
    }
  });

  test('bytes that are no HTTP', async () => {
    await using s = await setup();
    const socket = connect(s.port, '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toMatch(/^HTTP\/1\.1 400 [^]*"errcode":"M_UNKNOWN"/);
  });
});

test('a body over the limit leaves the connection usable', async () => {
  await using s = await setup();
  const socket = connect(s.port, '127.0.0.1');
  const body = 'x'.repeat(2_000_000);
  socket.write(`POST ${notifyPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  socket.write('GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const answers = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
  expect(answers).toMatch(/^HTTP\/1\.1 413 [^]*M_TOO_LARGE[^]*HTTP\/1\.1 200 OK/);
});

test('UnifiedPush discovery is answered while an app wants it', async () => {
  let wanted = true;
  await using s = await setup({ unifiedPush: () => wanted });
  const response = await fetch(s.url + notifyPath);
  expect(await response.json()).toEqual({ unifiedpush: { gateway: 'matrix' } });
  wanted = false;
  const refused = await fetch(s.url + notifyPath);
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
  wanted = true;
  const other = await fetch(s.url + notifyPath, { method: 'PUT' });
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, POST']);
});

describe('devices', () => {
  test('of unknown apps, without a key, or claimed by two globs are rejected, and each is counted', async () => {
    await using s = await setup({ maxDevices: 10 });
    const devices = [
      { app_id: 'unknown', pushkey: 'a' },
      { app_id: 'com.example.app', pushkey: '' },
      { app_id: '', pushkey: 'c' },
      { app_id: `com.example.glob.${'x'.repeat(239)}`, pushkey: 'overlong app id' },
      { app_id: 'com.example.app', pushkey: 'd'.repeat(2_049) },
      { app_id: 'com.example.app', pushkey: 'data', data: { long: 'd'.repeat(16_384) } },
      { app_id: 'com.example.both', pushkey: 'e' },
      { app_id: 'keys', pushkey: 'f' },
      { app_id: 'constructor', pushkey: 'g' },
      { app_id: 'com.example.glob.ios', pushkey: 'h' },
    ];
    const { body } = await s.notify({ notification: { event_id: '$1', devices } });
    expect(body).toEqual({ rejected: devices.slice(0, 9).map(({ pushkey }) => pushkey) });
    expect(s.counted.map(([app, result]) => `${app ?? '-'} ${result}`).toSorted(byText)).toEqual(
      [
        '- ambiguous_app',
        '- unknown_app',
        '- unknown_app',
        '- unusable',
        '- unusable',
        '- unusable',
        '- unusable',
        'com.example.app unusable',
        'com.example.glob.* queued',
        'keys unusable',
      ].toSorted(byText),
    );
  });

  // Invariants 5 and 14.
  test('of one pushkey and two endpoints are two registrations: the death of one is not the other', async () => {
    await using s = await setup();
    const [mine, theirs] = ['mine', 'theirs'].map((endpoint) => ({
      app_id: 'keys',
      pushkey: 'key',
      data: { endpoint },
    }));
    const rejections = createRejections(s.redis, {
      keyPrefix: s.keyPrefix,
      shards: fixedShards(1),
      ttlMs: 60_000,
    });
    const key = registrationKey(withAddress({ appId: 'keys', pushkey: 'key' }, 'mine'));
    await rejections.recordRegistration('keys', { shard: 0, key, pushkeyTs: 100 });
    const rejected = async (one: unknown) => (await s.notify({ notification: { devices: [one] } })).body;
    expect(await rejected(mine)).toEqual({ rejected: ['key'] });
    expect(await rejected(theirs)).toEqual({ rejected: [] });
  });

  test('that are known dead are rejected each time, and are not queued', async () => {
    await using s = await setup();
    const rejections = createRejections(s.redis, {
      keyPrefix: s.keyPrefix,
      shards: fixedShards(1),
      ttlMs: 60_000,
    });
    await rejections.recordRegistration('com.example.app', {
      shard: 0,
      key: registrationKey({
        appId: device.app_id,
        pushkey: device.pushkey,
      }),
      pushkeyTs: 100,
    });
    const body = { notification: { ...event, devices: [{ ...device, pushkey_ts: 100 }] } };
    expect((await s.notify(body)).body).toEqual({ rejected: ['key'] });
    expect((await s.notify(body)).body).toEqual({ rejected: ['key'] });
    expect(
      (await s.notify({ notification: { ...event, devices: [{ ...device, pushkey_ts: 101 }] } })).body,
    ).toEqual({ rejected: [] });
  });
});

describe("Element's test push", () => {
  const body = { notification: { event_id: testPushEventId, devices: [device] } };

  test('is no duplicate, and waits for an outcome only so long', async () => {
    await using s = await setup();
    expect((await s.notify(body)).body).toEqual({ rejected: [] });
    expect((await s.notify(body)).body).toEqual({ rejected: [] });
    expect(s.counted.map(([, result]) => result)).toEqual(['queued', 'queued']);
  });

  test('is answered with the outcome', async () => {
    await using s = await setup();
    const answer = s.notify(body);
    const queue = `${s.keyPrefix}:{0.3}com.example.app/high`;
    await expect.poll(() => s.redis.llen(`${queue}:wait`)).toBe(1);
    const id = await s.redis.lindex(`${queue}:wait`, 0);
    const { reply: replyTo } = JSON.parse((await s.redis.hget(`${queue}:${id}`, 'data')) ?? '{}') as {
      reply: string;
    };
    const later = { kind: 'later', reason: 'timeout' } as const;
    await sendReply(s.redis, replyTo, { rejected: false, final: false, outcome: later });
    await sendReply(s.redis, replyTo, { rejected: true, final: true });
    expect((await answer).body).toEqual({ rejected: ['key'] });
  });
});

// Invariant 1.
test('answers 503 with Retry-After at once while there is no Redis', async () => {
  await using s = await setup({}, localRedis(1));
  const { status, headers, body } = await s.notify({ notification: event });
  expect([status, headers.get('retry-after'), body]).toMatchObject([503, '1', { errcode: 'M_UNKNOWN' }]);
  expect((await s.notify({ notification: { devices: [] } })).status).toBe(200);
});

test('answers 503 while more waits for an app than it may, but takes badges off nobody', async () => {
  await using s = await setup();
  const of = (id: string, prio: string) => ({
    notification: { event_id: id, prio, devices: [{ app_id: 'small', pushkey: 'k' }] },
  });
  const statuses: number[] = [];
  for (let n = 0; n < 14; n++) statuses.push((await s.notify(of(`$${n}`, 'high'))).status);
  expect(statuses).toEqual([...Array<number>(13).fill(200), 503]);
  const { headers } = await s.notify(of('$13', 'high'));
  expect(headers.get('retry-after')).toBe('30');
  expect((await s.notify(of('$low', 'low'))).status).toBe(200);
  expect(s.counted.slice(-3)).toEqual([
    ['small', 'backlog_full'],
    ['small', 'backlog_full'],
    ['small', 'shed'],
  ]);
  expect((await s.notify({ notification: event })).status).toBe(200);
});

test('answers 503 to a test push too while there is no Redis to hear the outcome from', async () => {
  await using s = await setup({}, localRedis(1));
  const testPush = { notification: { event_id: testPushEventId, devices: [device] } };
  expect((await s.notify(testPush)).status).toBe(503);
});

test('a client that goes away in the middle of its body is no fault of ours', async () => {
  const faults: unknown[] = [];
  const gone = Promise.withResolvers<number>();
  await using s = await setup({
    observer: {
      answered: (status) => gone.resolve(status),
      queueFailed: () => undefined,
      called: () => undefined,
      fault: (error) => faults.push(error),
    },
  });
  const socket = connect(s.port, '127.0.0.1');
  socket.write(`POST ${notifyPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`, () =>
    socket.destroy(),
  );
  await gone.promise;
  expect(faults).toEqual([]);
});

describe('an idle connection', () => {
  test('is kept for as long as the answer says', async () => {
    await using door = await setup();
    const { headers } = await door.notify({ notification: event });
    expect(headers.get('keep-alive')).toBe('timeout=620');
  });

  test('is closed after that', async () => {
    await using door = await setup({ keepAliveMs: 50 });
    const socket = connect(door.port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.resume();
    socket.write('GET /health HTTP/1.1\r\nHost: door\r\n\r\n');
    expect(await closed).toEqual([false]);
  });
});
