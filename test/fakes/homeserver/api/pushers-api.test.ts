import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHomeserver, type StandInOptions } from '../server.ts';

/** Requests to the pushers API of Synapse 1.163.2, in this order, and its answers. */
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/synapse-pushers.json'), 'utf8'),
) as readonly Recorded[];

interface Recorded {
  readonly name: string;
  readonly request: string;
  readonly token?: string;
  /** In the query instead of the header. */
  readonly tokenInQuery?: boolean;
  readonly body?: string;
  readonly status: number;
  readonly answer: Answer;
}

interface Answer {
  readonly errcode?: string;
  readonly error?: string;
  readonly pushers?: readonly Shown[];
}

type Shown = Readonly<Record<string, unknown>>;

async function setup(options: Partial<StandInOptions> = {}) {
  const tokens = new Map(['alice', 'bob', 'carol'].map((name) => [name, name]));
  const standIn = await startHomeserver({ tokens, ...options });
  async function call(
    request: string,
    { token, body, tokenInQuery = false }: Pick<Recorded, 'token' | 'body' | 'tokenInQuery'> = {},
  ) {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${standIn.url}${path}${tokenInQuery ? `?access_token=${token}` : ''}`, {
      method,
      ...(body !== undefined && { body }),
      headers: token === undefined || tokenInQuery ? {} : { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    return {
      status: response.status,
      answer: (text === '' ? '' : JSON.parse(text)) as Answer,
      headers: response.headers,
    };
  }
  const set = (token: string, changes: object) =>
    call('POST /_matrix/client/v3/pushers/set', { token, body: JSON.stringify({ ...complete, ...changes }) });
  const pushersOf = async (token: string) =>
    (await call('GET /_matrix/client/v3/pushers', { token })).answer.pushers;
  return { call, set, pushersOf, [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose]() };
}

const complete = {
  kind: 'http',
  app_id: 'com.example.app.ios',
  app_display_name: 'Example',
  device_display_name: 'Phone',
  pushkey: 'key',
  lang: 'en',
  data: { url: 'https://push.example.org/_matrix/push/v1/notify' },
};

/** Where the specification forbids what Synapse takes, or Synapse fails: docs/homeserver.md has the reasons. */
const differences: Readonly<Record<string, readonly [status: number, errcode?: string]>> = {
  'an unknown kind': [400, 'M_INVALID_PARAM'],
  'kind empty': [400, 'M_INVALID_PARAM'],
  'kind email': [400, 'M_INVALID_PARAM'],
  'pushkey of 513 bytes': [400, 'M_INVALID_PARAM'],
  'pushkey of 257 two-byte letters': [400, 'M_INVALID_PARAM'],
  'app_id of 65 characters': [400, 'M_INVALID_PARAM'],
  'empty pushkey': [400, 'M_INVALID_PARAM'],
  'empty app_id': [400, 'M_INVALID_PARAM'],
  'pushkey a number': [400, 'M_BAD_JSON'],
  'lang a number': [400, 'M_BAD_JSON'],
  'append a text': [400, 'M_BAD_JSON'],
  'profile_tag a number': [400, 'M_BAD_JSON'],
  'profile_tag null': [200],
};

test('answers every recorded request as Synapse did, but for the listed differences', async () => {
  await using s = await setup();
  const seen: Record<string, unknown> = {};
  /** Pushers that only one of the two has taken. */
  const differing = new Set<string>();
  const shared = (pushers: readonly Shown[]) => pushers.filter((one) => !differing.has(keyOf(one)));
  for (const one of recorded) {
    const { status, answer } = await s.call(one.request, one);
    const [expected, got] = [
      [one.status, one.answer.errcode],
      [status, answer.errcode],
    ].map((parts) => parts.filter(Boolean));
    if (String(got) !== String(expected)) {
      seen[one.name] = got;
      differing.add(keyOf(JSON.parse(one.body ?? '{}') as Shown));
    }
    expect(shownOf(shared(answer.pushers ?? [])), one.name).toEqual(
      shownOf(shared(one.answer.pushers ?? [])),
    );
  }
  expect(seen).toEqual(differences);
});

const keyOf = ({ app_id, pushkey }: Shown): string => `${String(app_id)} ${String(pushkey)}`;

/** What both show of pushers, in an order of their own. */
function shownOf(pushers: readonly Shown[]): readonly string[] {
  const keys = [...Object.keys(complete), 'profile_tag'];
  return pushers.map((pusher) => JSON.stringify(keys.map((key) => pusher[key]))).toSorted();
}

test('names the keys that are missing, as the specification has it', async () => {
  await using s = await setup();
  const error = async (changes: object) => (await s.set('alice', changes)).answer.error;
  expect(await error({ lang: undefined, data: undefined })).toBe('Missing parameters: lang, data');
  expect(await error({ kind: undefined })).toBe('Missing parameters: kind');
  expect(await error({ lang: null })).toBe('Missing parameters: lang');
  expect(await error({ data: {} })).toBe('Missing parameters: data.url');
  expect(await error({ kind: null, pushkey: undefined, lang: undefined })).toBe(
    'Missing parameters: pushkey',
  );
});

test("shows what today's specification has of a pusher, and keeps custom keys of `data`", async () => {
  await using s = await setup();
  const data = {
    ...complete.data,
    format: 'event_id_only',
    default_payload: { aps: {} },
    'org.example': [1],
  };
  await s.set('alice', { data, enabled: false, profile_tag: 'xyz', lang: 'de' });
  expect(await s.pushersOf('alice')).toEqual([
    {
      ...complete,
      data,
      lang: 'de',
      profile_tag: 'xyz',
      enabled: false,
      device_id: 'ALICE-PHONE',
      'org.matrix.msc3881.enabled': false,
      'org.matrix.msc3881.device_id': 'ALICE-PHONE',
    },
  ]);
});

test('lets a user set no more than so many pushers a minute, and says when to come back', async () => {
  await using s = await setup({ setsPerMinute: 2 });
  expect((await s.set('alice', {})).status).toBe(200);
  expect((await s.set('alice', {})).status).toBe(200);
  const { status, answer, headers } = await s.set('alice', {});
  expect([status, answer]).toMatchObject([
    429,
    { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: expect.any(Number) as number },
  ]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await s.set('bob', {})).status).toBe(200);
});

test('the first draft wants an instance_handle of at most 32 characters', async () => {
  await using s = await setup({ like: 'draft' });
  expect((await s.set('alice', {})).answer.error).toBe('Missing parameters: instance_handle');
  expect((await s.set('alice', { instance_handle: 'h'.repeat(33) })).answer.errcode).toBe('M_INVALID_PARAM');
  expect((await s.set('alice', { instance_handle: 'h'.repeat(32) })).status).toBe(200);
  expect(await s.pushersOf('alice')).toMatchObject([{ instance_handle: 'h'.repeat(32) }]);
});

test('Tuwunel tells pushers by their pushkey alone, and knows no `append`', async () => {
  await using s = await setup({ like: 'tuwunel' });
  await s.set('bob', {});
  await s.set('alice', {});
  await s.set('alice', { app_id: 'com.example.other' });
  expect(await s.pushersOf('bob')).toHaveLength(1);
  expect(await s.pushersOf('alice')).toMatchObject([{ app_id: 'com.example.other' }]);
});

test('a client logs in with any password, and finds its way', async () => {
  await using s = await setup();
  const login = (user: string) =>
    s.call('POST /_matrix/client/v3/login', {
      body: JSON.stringify({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user },
        password: 'x',
      }),
    });
  expect((await login('alice')).answer).toMatchObject({
    user_id: '@alice:example.org',
    access_token: 'alice',
  });
  expect(await login('mallory')).toMatchObject({ status: 403, answer: { errcode: 'M_FORBIDDEN' } });
  expect((await s.call('GET /_matrix/client/versions')).answer).toHaveProperty('versions');
});

test.each(['/', '//', '/_matrix/client/v3/nowhere'])('%s is nothing it knows', async (path) => {
  await using homeserver = await setup();
  expect(await homeserver.call(`GET ${path}`)).toMatchObject({
    status: 404,
    answer: { errcode: 'M_UNRECOGNIZED' },
  });
});

test('a body of more than a megabyte is 413', async () => {
  await using s = await setup();
  const { status, answer } = await s.set('alice', { data: { ...complete.data, big: 'x'.repeat(1_048_576) } });
  expect([status, answer.errcode]).toEqual([413, 'M_TOO_LARGE']);
});
