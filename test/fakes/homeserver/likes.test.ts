import { expect, test } from 'vitest';
import { createHomeserver } from './homeserver.ts';
import type { LikeName } from './likes.ts';
import { startRecordingGateway } from './recording-gateway.ts';
import { contents } from './world/event.ts';
import { createUsers } from './world/users.ts';

/** What a homeserver posts for a message in a group, a mention, an invitation and a read, with two formats. */
async function posted(like: LikeName) {
  await using gateway = await startRecordingGateway();
  const homeserver = createHomeserver({ like });
  const users = createUsers('example.org', new Map());
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((one) => users.named(one)) as [User, User, User];
  const base = { app_id: 'app', app_display_name: '', device_display_name: '', lang: '', profile_tag: '' };
  const settings = { ...base, enabled: true, device_id: '' };
  const set = (pushkey: string, data: object = {}) =>
    homeserver.setPusher(bob, { ...settings, pushkey, data: { ...data, url: gateway.url } }, true);
  set('full');
  set('id only', { format: 'event_id_only', custom: 1 });
  const room = homeserver.rooms.named('Release planning');
  for (const one of [alice, bob, carol]) room.members.add(one);
  const send = async (type: string, content: object, stateKey?: string): Promise<void> => {
    const { pushes } = homeserver.send({
      from: alice,
      room,
      type,
      content: { ...content },
      ...(stateKey !== undefined && { stateKey }),
    });
    await Promise.all(pushes.map(({ pushed }) => pushed));
  };
  await send('m.room.message', contents.message('Hello'));
  await send('m.room.message', { ...contents.message('Bob!'), 'm.mentions': { user_ids: [bob.id] } });
  await send('m.room.member', contents.invite(bob, false), bob.id);
  homeserver.read(bob, room);
  await expect.poll(() => gateway.received.length).toBe(like === 'draft' ? 6 : 8);
  homeserver.close();
  const of = (pushkey: string) =>
    gateway.received.map(({ json }) => json as Posted).filter((one) => deviceOf(one)?.pushkey === pushkey);
  const [message, mention, invite, badge] = of('full');
  const [idOnly] = of('id only');
  return { message, mention, invite, badge, idOnly, head: gateway.received[0]?.head };
}

type User = ReturnType<ReturnType<typeof createUsers>['named']>;
interface Posted {
  readonly notification: Readonly<Record<string, unknown>> & { readonly devices?: readonly Device[] };
  readonly devices?: readonly Device[];
  readonly counts?: object;
}
type Device = Readonly<Record<string, unknown>>;
const deviceOf = ({ notification, devices }: Posted): Device | undefined =>
  (notification.devices ?? devices)?.[0];
const keysOf = (one: object | undefined): readonly string[] => Object.keys(one ?? {}).toSorted();

test('Dendrite: no `prio`, empty `data` is null, tweaks also in event_id_only, notifications counted', async () => {
  const { message, mention, invite, badge, idOnly } = await posted('dendrite');
  expect(keysOf(message?.notification)).toEqual(
    ['content', 'counts', 'devices', 'event_id', 'id', 'room_id', 'room_name', 'sender', 'type'].toSorted(),
  );
  expect(message?.notification.devices).toMatchObject([{ data: null, tweaks: {} }]);
  expect(message?.notification.devices?.[0]).toHaveProperty('pushkey_ts');
  expect(mention?.notification).toMatchObject({
    counts: { unread: 2 },
    devices: [{ tweaks: { highlight: null, sound: 'default' } }],
  });
  expect(invite?.notification).toMatchObject({ membership: 'invite', user_is_target: true });
  expect(keysOf(idOnly?.notification)).toEqual(['counts', 'devices', 'event_id', 'room_id']);
  expect(idOnly?.notification.devices).toMatchObject([
    { data: { format: 'event_id_only', custom: 1 }, tweaks: {} },
  ]);
  expect(keysOf(badge?.notification)).toEqual(['counts', 'devices']);
});

test('Tuwunel: no `pushkey_ts`, `prio` only when low, what is empty left out, an explicit zero in badge calls', async () => {
  const { message, mention, badge, idOnly } = await posted('tuwunel');
  expect(keysOf(message?.notification)).toEqual(
    'content counts devices event_id prio room_alias room_id room_name sender sender_display_name type'.split(
      ' ',
    ),
  );
  expect(message?.notification['prio']).toBe('low');
  expect(keysOf(message?.notification.devices?.[0])).toEqual(['app_id', 'pushkey']);
  expect(mention?.notification).not.toHaveProperty('prio');
  expect(mention?.notification.devices).toMatchObject([{ tweaks: { highlight: true, sound: 'default' } }]);
  expect(keysOf(idOnly?.notification)).toEqual(['counts', 'devices', 'event_id', 'room_id']);
  expect(badge?.notification['counts']).toEqual({ unread: 0 });
});

test('the first draft: an `id`, counts and devices beside the notification, no room, no badge calls', async () => {
  const { message, badge } = await posted('draft');
  expect(keysOf(message)).toEqual(['counts', 'devices', 'notification']);
  expect(keysOf(message?.notification)).toEqual(
    ['content', 'id', 'prio', 'room_alias', 'room_name', 'sender', 'sender_display_name', 'type'].toSorted(),
  );
  expect(keysOf(message?.devices?.[0])).toEqual(['app_id', 'data', 'pushkey', 'pushkey_ts', 'tweaks']);
  expect(message?.counts).toEqual({ unread: 1 });
  expect(badge).toBeUndefined();
});

test('each calls itself by its name', async () => {
  const agents = await Promise.all(
    (['synapse', 'dendrite', 'tuwunel'] as const).map(
      async (like) => (await posted(like)).head?.headers['user-agent'],
    ),
  );
  expect(agents).toEqual([
    expect.stringMatching(/^Synapse\//),
    expect.stringMatching(/^Go-http-client\//),
    expect.stringMatching(/^Tuwunel\//),
  ]);
});
