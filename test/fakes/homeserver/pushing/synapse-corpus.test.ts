import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHomeserver, type NewEvent } from '../homeserver.ts';
import { startRecordingGateway, type Answer } from '../recording-gateway.ts';
import { createUsers } from '../world/users.ts';
import { contents } from '../world/event.ts';

/** Requests of Synapse 1.163.2 to a push gateway, by what it was made to do. */
const corpus = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/synapse-notifies.json'), 'utf8'),
) as Readonly<
  Record<string, readonly { readonly headers: readonly (readonly string[])[]; readonly body: Body }[]>
>;

interface Body {
  readonly notification: {
    readonly type?: string | null;
    readonly content?: NewEvent['content'];
    readonly sender?: string;
    readonly room_name?: string;
    readonly devices: readonly [
      { readonly app_id: string; readonly pushkey: string; readonly data: object; readonly tweaks?: object },
    ];
  };
}

/** A homeserver whose Bob has the pushers of the recording, before an empty gateway. */
async function setup(name: string, answers: readonly Answer[] = []) {
  const recorded = corpus[name] ?? [];
  const gateway = await startRecordingGateway(...answers);
  const homeserver = createHomeserver({ firstRetryMs: 1 });
  const users = createUsers('example.org', new Map());
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((one) => users.named(one)) as [User, User, User];
  const setPusher = (user: User, { app_id, pushkey, data }: Body['notification']['devices'][0]) =>
    homeserver.setPusher(
      user,
      {
        app_id,
        pushkey,
        app_display_name: 'App',
        device_display_name: 'Phone',
        lang: 'en',
        profile_tag: '',
        enabled: true,
        device_id: 'PHONE',
        data: { ...data, url: gateway.url },
      },
      true,
    );
  const devices = new Map(
    recorded.map(({ body }) => [body.notification.devices[0].pushkey, body.notification.devices[0]]),
  );
  if (name !== 'two_accounts_on_one_phone') for (const device of devices.values()) setPusher(bob, device);
  const room = (...others: readonly User[]) => {
    const named = homeserver.rooms.named(recorded[0]?.body.notification.room_name ?? 'Release planning');
    for (const one of [alice, bob, ...others]) named.members.add(one);
    return named;
  };
  return {
    recorded,
    gateway,
    homeserver,
    alice,
    bob,
    carol,
    setPusher,
    dm: (one: User = alice) => homeserver.rooms.of([one, bob]),
    group: () => room(carol),
    unnamed: () => homeserver.rooms.of([alice, bob, carol]),
    /** Sends the event of the n-th recorded request; resolves when the gateway has it. */
    send: async (n: number, to: NewEvent['room'], more: Partial<NewEvent> = {}): Promise<void> => {
      const { type, content = {}, sender = alice.id } = recorded[n]?.body.notification ?? {};
      const { pushes } = homeserver.send({
        from: users.named(sender),
        room: to,
        type: type ?? 'm.room.message',
        content,
        ...more,
      });
      await Promise.all(pushes.map(({ pushed }) => pushed));
    },
    /** Resolves when so many requests have come. */
    reached: async (count: number): Promise<void> => {
      await expect.poll(() => gateway.received.length).toBe(count);
    },
    async [Symbol.asyncDispose]() {
      homeserver.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

type User = ReturnType<ReturnType<typeof createUsers>['named']>;
type Stage = Awaited<ReturnType<typeof setup>>;

/** What was done on Synapse for each recording. */
const scenarios: Readonly<Record<string, (s: Stage) => Promise<void>>> = {
  dm_message: (s) => s.send(0, s.dm()),
  event_id_only: (s) => s.send(0, s.dm()),
  awkward_text: (s) => s.send(0, s.group()),
  group_message: (s) => s.send(0, s.group()),
  group_without_name: (s) => s.send(0, s.unnamed()),
  async group_mention(s) {
    await s.send(0, s.group());
    await s.send(1, s.group());
  },
  async encrypted(s) {
    await s.send(0, s.dm());
  },
  async invite(s) {
    await s.send(0, s.dm(), { stateKey: s.bob.id });
    await s.send(1, s.group(), { stateKey: s.bob.id });
  },
  call_invite: (s) => s.send(0, s.dm()),
  reaction: (s) => s.send(0, s.dm(), { type: 'm.reaction' }),
  reaction_with_own_rule: (s) => s.send(0, s.dm(), { tweaks: {} }),
  custom_tweaks: (s) =>
    s.send(0, s.group(), { tweaks: { ...s.recorded[0]?.body.notification.devices[0].tweaks } }),
  async badge_clear(s) {
    await s.send(0, s.dm());
    await s.send(1, s.group());
    s.homeserver.read(s.bob, s.dm());
    await s.reached(3);
    s.homeserver.read(s.bob, s.group());
  },
  async badge_disabled(s) {
    await s.send(0, s.dm());
    s.homeserver.read(s.bob, s.dm());
  },
  async two_devices(s) {
    await s.send(2, s.dm());
    s.homeserver.read(s.bob, s.dm());
  },
  async two_accounts_on_one_phone(s) {
    for (const n of [0, 2]) {
      for (const [index, user] of [s.bob, s.carol].entries()) {
        const device = s.recorded[n + index]?.body.notification.devices[0];
        if (device !== undefined) s.setPusher(user, device);
      }
      await s.send(n, s.group());
      for (const user of [s.bob, s.carol]) s.homeserver.read(user, s.group());
    }
  },
  async other_kinds(s) {
    for (let n = 0; n < 5; n += 1) await s.send(n, s.group());
    await s.send(3, s.group(), { content: { ...contents.message('x'), msgtype: 'm.notice' } });
    await s.send(3, s.group(), {
      content: { ...contents.message('* x'), 'm.relates_to': { rel_type: 'm.replace', event_id: '$x' } },
    });
    await s.send(3, s.group(), { type: 'm.room.redaction', content: {} });
  },
  retry_after_502: (s) => s.send(0, s.dm()),
};

const answersOf: Readonly<Record<string, readonly Answer[]>> = {
  retry_after_502: [{ status: 502 }, { status: 502 }],
};

/** Of these recordings, only the first so many requests, or those without a badge call, are played. */
const played: Readonly<Record<string, (body: Body, index: number) => boolean>> = {
  encrypted: (_body, index) => index === 0,
  two_accounts_on_one_phone: ({ notification }) => notification.type !== null,
};

test.each(Object.entries(scenarios))('%s: the same requests as Synapse', async (name, act) => {
  await using s = await setup(name, answersOf[name]);
  const isPlayed = played[name] ?? (() => true);
  const wanted = s.recorded.map(({ body }) => body).filter(isPlayed);
  await act(s);
  await expect
    .poll(() => normalised(s.gateway.received.map(({ json }) => json as Body).filter(isPlayed)))
    .toEqual(normalised(wanted));
});

test('headers have the names, order and, but for the version, values of Synapse', async () => {
  await using s = await setup('dm_message');
  await s.send(0, s.dm());
  const own = s.gateway.received[0]?.head.rawHeaders ?? [];
  const pairs = own.flatMap((name, index) => (index % 2 === 0 ? [[name, own[index + 1]]] : []));
  const fixed = (list: readonly (readonly (string | undefined)[])[]) =>
    list
      .filter(([name]) => name !== 'Connection')
      .map(([name, value]) =>
        ['Accept', 'Accept-Encoding', 'Content-Type'].includes(name ?? '') ? [name, value] : [name],
      );
  expect(fixed(pairs)).toEqual(fixed(s.recorded[0]?.headers ?? []));
  expect(s.gateway.received[0]?.head.headers['user-agent']).toMatch(/^Synapse\/\d/);
  const { body = '', json } = s.gateway.received[0] ?? {};
  expect(JSON.stringify(json)).toBe(body); // canonical, without spaces
});

/** Ids become the number of their first use, and times 0; the order in which several pushers were served does not count. */
function normalised(bodies: readonly Body[]): readonly string[] {
  const numbers = new Map<string, number>();
  const number = (id: string): string => {
    numbers.set(id, numbers.get(id) ?? numbers.size);
    return `${id.slice(0, 1)}${numbers.get(id)}`;
  };
  const texts = bodies.map((body) =>
    JSON.stringify(body, (key, value: unknown) => {
      if (key === 'pushkey_ts') return 0;
      return ['event_id', 'id', 'room_id'].includes(key) && typeof value === 'string' && value !== ''
        ? number(value)
        : value;
    }),
  );
  return texts.toSorted();
}
