import { expect, test } from 'vitest';
import { createHomeserver, type Homeserver, type HomeserverOptions } from '../homeserver.ts';
import { accepted, startRecordingGateway, type Answer } from '../recording-gateway.ts';
import { createUsers } from '../world/users.ts';
import type { Try } from './outbox.ts';

interface Notification {
  readonly event_id?: string;
  readonly id?: string;
  readonly type?: string | null;
  readonly counts?: { readonly unread: number };
  readonly devices: readonly { readonly pushkey: string; readonly pushkey_ts?: number }[];
}

/** Bob with a pusher, before a gateway that first answers as told. */
async function setup(answers: readonly Answer[], options: HomeserverOptions = {}) {
  const gateway = await startRecordingGateway(...answers);
  const tries: Try[] = [];
  const homeserver: Homeserver = createHomeserver({
    firstRetryMs: 1,
    ...options,
    onTry(one) {
      tries.push(one);
      options.onTry?.(one);
    },
  });
  const users = createUsers('example.org', new Map());
  const [alice, bob] = ['alice', 'bob'].map((one) => users.named(one)) as [User, User];
  const setPusher = (pushkey = 'key', user = bob, more: object = {}) =>
    homeserver.setPusher(
      user,
      {
        app_id: 'app',
        pushkey,
        app_display_name: 'App',
        device_display_name: 'Phone',
        lang: 'en',
        profile_tag: '',
        enabled: true,
        device_id: 'PHONE',
        data: { url: gateway.url },
        ...more,
      },
      false,
    );
  setPusher();
  const room = homeserver.rooms.of([alice, bob]);
  return {
    gateway,
    homeserver,
    tries,
    alice,
    bob,
    room,
    setPusher,
    write: (text: string, to = room) =>
      homeserver.send({
        from: alice,
        room: to,
        type: 'm.room.message',
        content: { msgtype: 'm.text', body: text },
      }),
    /** What the gateway got, as texts of the events and numbers of the badge calls. */
    texts: () =>
      gateway.received.map(({ json }) => {
        const { content, counts } = (json as { notification: { content?: { body: string }; counts: object } })
          .notification;
        return content?.body ?? counts;
      }),
    notifications: () =>
      gateway.received.map(({ json }) => (json as { readonly notification: Notification }).notification),
    async [Symbol.asyncDispose]() {
      homeserver.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

type User = ReturnType<ReturnType<typeof createUsers>['named']>;

const delivers: Readonly<Record<string, Answer>> = {
  '200': accepted,
  '201': { status: 201, body: '{"rejected":[]}' },
  '202': { status: 202, body: '{"rejected":[]}' },
  'an empty object': { status: 200, body: '{}' },
  'a list': { status: 200, body: '[]' },
  'rejected: null': { status: 200, body: '{"rejected":null}' },
  'rejected: a text': { status: 200, body: '{"rejected":"x"}' },
  'other keys rejected': { status: 200, body: '{"rejected":["other"]}' },
};

test.each(Object.entries(delivers))(
  'like Synapse: %s is delivered, and the pusher stays',
  async (_name, answer) => {
    await using s = await setup([answer]);
    const [push] = s.write('one').pushes;
    expect(await push?.pushed).toMatchObject({ kind: 'delivered' });
    expect(s.tries).toHaveLength(1);
    expect(s.homeserver.pushersOf(s.bob)).toHaveLength(1);
  },
);

const fails: Readonly<Record<string, Answer>> = {
  'rejected: false': { status: 200, body: '{"rejected":false}' },
  'an empty body': { status: 200 },
  'no JSON': { status: 200, body: 'fine' },
  '204': { status: 204 },
  '301': { status: 301, headers: { location: '/' } },
  ...Object.fromEntries(
    [400, 401, 403, 404, 405, 413, 429, 500, 502, 503].map((status) => [
      String(status),
      { status, body: '{"errcode":"M_UNKNOWN","error":""}', headers: { 'retry-after': '30' } },
    ]),
  ),
  'no answer': 'hang up',
};

test.each(Object.entries(fails))('like Synapse: %s is tried again, byte for byte', async (_name, answer) => {
  await using s = await setup([answer]);
  const [push] = s.write('one').pushes;
  expect(await push?.pushed).toMatchObject({ kind: 'delivered' });
  const [first, second] = s.gateway.received;
  expect(s.gateway.received).toHaveLength(2);
  expect(second?.body).toBe(first?.body);
  expect(s.homeserver.pushersOf(s.bob)).toHaveLength(1);
});

test.each(['null', '5'])(
  'like Synapse: after %s the event is sent again before the next one',
  async (body) => {
    await using s = await setup([{ status: 200, body }]);
    const first = s.write('one');
    await first.pushes[0]?.firstTry;
    const second = s.write('two');
    await second.pushes[0]?.pushed;
    expect(s.texts()).toEqual(['one', 'one', 'two']);
  },
);

test('like Synapse: waits double, and begin anew after a success', async () => {
  const bad: Answer = { status: 502 };
  await using s = await setup([bad, bad, bad, accepted, bad]);
  await s.write('one').pushes[0]?.pushed;
  await s.write('two').pushes[0]?.pushed;
  expect(s.tries.map(({ retryInMs }) => retryInMs)).toEqual([1, 2, 4, undefined, 1, undefined]);
});

test('like Synapse: one event that is refused blocks its pusher, and no other, until it is given up', async () => {
  const bad: Answer = { status: 400 };
  await using s = await setup(
    Array.from({ length: 100 }, () => bad),
    { giveUpAfterMs: 1 },
  );
  const first = s.write('one');
  const second = s.write('two');
  expect(await first.pushes[0]?.pushed).toMatchObject({ kind: 'given up', last: { status: 400 } });
  await second.pushes[0]?.firstTry;
  const texts = s.texts();
  expect(texts.indexOf('two')).toBe(texts.lastIndexOf('one') + 1);
});

test('like Synapse: counts are worked out anew for each try', async () => {
  let elsewhere = (): void => undefined;
  await using s = await setup([{ status: 502 }], {
    onTry: ({ retryInMs }) => retryInMs !== undefined && elsewhere(),
  });
  const other = s.homeserver.rooms.named('Other');
  other.members.add(s.bob);
  elsewhere = () => void s.write('elsewhere', other);
  await s.write('one').pushes[0]?.pushed;
  expect(
    s
      .notifications()
      .slice(0, 2)
      .map(({ counts }) => counts?.unread),
  ).toEqual([1, 2]);
});

test('like Synapse: reading the room ends the tries, and the badge call is sent at once', async () => {
  await using s = await setup([{ status: 502 }], { firstRetryMs: 60_000 });
  const { pushes } = s.write('one');
  await pushes[0]?.firstTry;
  s.homeserver.read(s.bob, s.room);
  await expect.poll(s.texts).toEqual(['one', { unread: 0 }]);
});

test('like Synapse: setting the pusher again drops what waits', async () => {
  await using s = await setup([{ status: 502 }], { firstRetryMs: 60_000 });
  const { pushes } = s.write('one');
  await pushes[0]?.firstTry;
  s.setPusher();
  expect(await pushes[0]?.pushed).toEqual({ kind: 'dropped' });
  await s.write('two').pushes[0]?.pushed;
  expect(s.texts()).toEqual(['one', 'two']);
});

test('a rejected pushkey costs its pusher, and nothing more is sent for it', async () => {
  await using s = await setup([{ status: 200, body: '{"rejected":["key"]}' }]);
  const { pushes } = s.write('one');
  expect(await pushes[0]?.pushed).toMatchObject({ last: { rejected: ['key'], pusherDeleted: true } });
  expect(s.homeserver.pushersOf(s.bob)).toEqual([]);
  expect(s.write('two').pushes).toEqual([]);
  s.homeserver.read(s.bob, s.room);
  expect(s.gateway.received).toHaveLength(1);
});

test('like Synapse: a badge call is sent when the number has changed, is never tried again, and rejects nobody', async () => {
  await using s = await setup([accepted, { status: 200, body: '{"rejected":["key"]}' }, { status: 502 }]);
  await s.write('one').pushes[0]?.pushed;
  s.homeserver.read(s.bob, s.room);
  s.homeserver.read(s.bob, s.room);
  await expect.poll(s.texts).toEqual(['one', { unread: 0 }]);
  await expect.poll(() => s.tries).toHaveLength(2);
  expect(s.homeserver.pushersOf(s.bob)).toHaveLength(1);
  expect(s.notifications()[1]).toMatchObject({ id: '', type: null, sender: '' });
});

test('like Synapse: one at a time for each pusher, over one kept connection', async () => {
  await using s = await setup([]);
  const pushes = ['one', 'two', 'three'].flatMap((text) => s.write(text).pushes);
  await Promise.all(pushes.map(({ pushed }) => pushed));
  expect(s.texts()).toEqual(['one', 'two', 'three']);
  expect(s.gateway.connections).toBe(1);
});

test('`pushkey_ts` is the second in which the pusher was set', async () => {
  const before = Math.floor(Date.now() / 1_000);
  await using s = await setup([]);
  await s.write('one').pushes[0]?.pushed;
  const [at = 0] = s.notifications().map(({ devices }) => devices[0]?.pushkey_ts);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now() / 1_000);
});

test('nothing goes to a pusher that is switched off, nor to who wrote it', async () => {
  await using s = await setup([]);
  s.setPusher('key', s.bob, { enabled: false });
  s.setPusher('of alice', s.alice);
  expect(s.write('one').pushes).toEqual([]);
});

test('like Dendrite: one try, each over a connection of its own', async () => {
  await using s = await setup([{ status: 202, body: '{"rejected":[]}' }], { like: 'dendrite' });
  expect(await s.write('one').pushes[0]?.pushed).toMatchObject({ kind: 'given up', last: { status: 202 } });
  expect(await s.write('two').pushes[0]?.pushed).toMatchObject({ kind: 'delivered' });
  expect(s.texts()).toEqual(['one', 'two']);
  expect(s.gateway.connections).toBe(2);
});

test('like Tuwunel: `rejected` must be there, waits begin with minutes, and pushes do not wait for each other', async () => {
  await using s = await setup([{ status: 200, body: '{}' }], { like: 'tuwunel', firstRetryMs: 1_000 });
  const first = s.write('one');
  const { retryInMs } = (await first.pushes[0]?.firstTry) ?? {};
  expect(retryInMs).toBeGreaterThanOrEqual(180_000);
  expect(retryInMs).toBeLessThanOrEqual(360_000);
  expect(await s.write('two').pushes[0]?.pushed).toMatchObject({ kind: 'delivered' });
});
