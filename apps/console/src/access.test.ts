import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { createAddressRanges, OperatorError } from '@carillon/runtime';
import { describe, expect, test } from 'vitest';
import { createLoginDesk } from './access/login-desk.ts';
import { passwordLine, readPasswordFile } from './access/password.ts';
import { startTestConsole, testApp, type TestConsoleOptions } from './console.testing.ts';

const password = 'correct horse battery';
const lines = [
  await passwordLine('alice', password),
  '',
  '# a comment',
  await passwordLine('bob', 'bobs password'),
];
const users = readPasswordFile(lines.join('\n'));
if (typeof users === 'number') throw new Error('the test has a password file that cannot be read');

type Fields = Readonly<Record<string, string>>;

async function setup(options: TestConsoleOptions = {}) {
  const console = await startTestConsole({ now: { apps: [testApp('ios')] }, ...options });
  const ask = async (path: string, headers: Fields = {}, fields?: Fields) => {
    const body = fields === undefined ? undefined : new URLSearchParams(fields).toString();
    const asked = request(console.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          origin: console.url,
          'content-length': String(body.length),
        }),
        ...headers,
      },
    });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode, headers: response.headers, text };
  };
  const tokenOf = (text: string): string => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
  return {
    ...console,
    ask,
    tokenOf,
    async signIn(user = 'alice', typed = password) {
      const token = tokenOf((await ask('/login')).text);
      const answer = await ask('/login', {}, { token, user, password: typed });
      const [cookie = ''] = (answer.headers['set-cookie']?.[0] ?? '').split(';');
      return { ...answer, cookie };
    },
    [Symbol.asyncDispose]: () => console[Symbol.asyncDispose](),
  };
}

describe('the login', () => {
  test('shows nothing before it, and everything after it', async () => {
    await using console = await setup({ users });
    for (const path of ['/', '/push?event=$e', '/live', '/history', '/dead-letters', '/nowhere'])
      expect(await console.ask(path), path).toMatchObject({
        status: 303,
        headers: { location: '/login' },
        text: '',
      });
    const { status, headers, cookie } = await console.signIn();
    expect(status).toBe(303);
    expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const page = await console.ask('/', { cookie });
    expect(page.status).toBe(200);
    expect(page.text).toContain('alice');
    expect(console.logged).toMatchObject([{ msg: 'signed in to the console', user: 'alice' }]);
  });

  test.each([
    ['alice', 'wrong'],
    ['nobody', password],
    ['alice', ''],
    ['', ''],
    ['bob', password],
  ])('lets %j with %j stay outside, and does not say which of the two is wrong', async (user, typed) => {
    await using console = await setup({ users });
    const { status, text, cookie } = await console.signIn(user, typed);
    expect(status).toBe(403);
    expect(text).toContain('The user or the password is wrong.');
    expect(cookie).toBe('');
    expect(JSON.stringify(console.logged)).not.toContain(password);
  });

  test('tries one password of an address at a time, and four in all', async () => {
    const desk = createLoginDesk({ users, wrongMs: 0 });
    const tries = ['a', 'a', 'b', 'c', 'd', 'e'].map((address) => desk.try('alice', 'wrong', address));
    expect(await Promise.all(tries)).toEqual(['wrong', 'busy', 'wrong', 'wrong', 'wrong', 'busy']);
    expect(await desk.try('alice', password, 'a')).toBe('right');
  });

  test('ends when one signs out, for the cookie too', async () => {
    await using console = await setup({ users });
    const { cookie } = await console.signIn();
    const token = console.tokenOf((await console.ask('/push', { cookie })).text);
    expect((await console.ask('/logout', { cookie }, { token })).status).toBe(303);
    expect((await console.ask('/', { cookie })).status).toBe(303);
  });

  test('marks the cookie for TLS where a proxy ends it', async () => {
    await using console = await setup({ users });
    const token = console.tokenOf((await console.ask('/login')).text);
    const fields = { token, user: 'alice', password };
    const { headers } = await console.ask('/login', { 'x-forwarded-proto': 'https' }, fields);
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure$/);
  });
});

describe('a proxy that signs users in', () => {
  const settings = { trustProxy: ['127.0.0.1'] };

  test('is believed in its header', async () => {
    await using console = await setup({ settings, changes: true });
    for (const name of ['carol', 'carol+oncall@example.org'])
      expect((await console.ask('/', { 'x-forwarded-user': name })).status).toBe(200);
    expect((await console.ask('/')).text).toContain('through its reverse proxy');
    expect((await console.ask('/', { 'x-forwarded-user': '<b>' })).status).toBe(403);
  });

  // Invariant 14.
  test('is nobody else: from another address the header says nothing', async () => {
    await using console = await setup({ settings: { trustProxy: ['10.0.0.0/8', 'fd00::/8'] } });
    expect((await console.ask('/', { 'x-forwarded-user': 'carol' })).status).toBe(403);
  });

  test('is told by address or range, mapped into IPv6 or not', () => {
    const has = createAddressRanges(['10.0.0.0/8', '::1', 'fd00::/8']);
    const addresses = ['10.1.2.3', '::ffff:10.1.2.3', '::1', 'fd12::3', '11.0.0.1', '::2', ''];
    expect(addresses.filter(has)).toEqual(addresses.slice(0, 4));
  });
});

describe('without a login', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'console.example.org'])(
    'it does not listen on %s',
    async (host) => {
      const started = setup({ settings: { listen: { host, port: 0 } } });
      await expect(started).rejects.toThrow(OperatorError);
      await expect(started).rejects.toThrow('nobody would have to sign in');
    },
  );

  test('it refuses what a proxy has passed on', async () => {
    await using console = await setup();
    expect((await console.ask('/')).status).toBe(200);
    expect((await console.ask('/', { 'x-forwarded-for': '192.0.2.1' })).status).toBe(403);
    for (const name of ['forwarded', 'via', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']) {
      const { status, text } = await console.ask('/', { [name]: '192.0.2.1' });
      expect(status).toBe(403);
      expect(text).toContain('has no login: set console.password_file or console.trust_proxy');
    }
  });
});

// Invariant 14.
describe('a page of another site', () => {
  test('cannot lead a name of its own here', async () => {
    await using console = await setup({ settings: { hosts: ['console.example.org'] } });
    expect((await console.ask('/', { host: 'evil.example.com:9403' })).status).toBe(403);
    for (const host of ['localhost:9403', '127.0.0.1', 'console.example.org'])
      expect((await console.ask('/', { host })).status).toBe(200);
  });

  const order = { kind: 'pause', app: 'ios' };

  test.each<readonly [string, Fields]>([
    ['of another site', { origin: 'https://evil.example.com' }],
    ['of another port', { origin: 'http://127.0.0.1:1' }],
    ['that hides where it stands', { origin: 'null' }],
    ['in JSON', { 'content-type': 'application/json' }],
    ['in plain text', { 'content-type': 'text/plain' }],
  ])('cannot send a form %s, even with the token', async (_, headers) => {
    await using console = await setup({ changes: true });
    const token = console.tokenOf((await console.ask('/push')).text);
    expect((await console.ask('/change', headers, { ...order, token })).status).toBe(403);
    expect((await console.ask('/change', {}, { ...order, token })).status).toBe(200);
    expect(console.changed).toHaveLength(1);
  });

  test('does not know the token, nor does another visitor', async () => {
    await using console = await setup({ changes: true, users });
    const { cookie } = await console.signIn();
    const bob = await console.signIn('bob', 'bobs password');
    const token = console.tokenOf((await console.ask('/push', { cookie: bob.cookie })).text);
    for (const wrong of ['', 'x', token, `${token}x`])
      expect((await console.ask('/change', { cookie }, { ...order, token: wrong })).status).toBe(403);
    expect(console.changed).toEqual([]);
    expect((await console.ask('/change', { cookie: bob.cookie }, { ...order, token })).status).toBe(200);
    expect(console.changed).toMatchObject([{ ...order, by: 'bob' }]);
  });

  test('may link here, and may neither fetch nor embed', async () => {
    await using console = await setup();
    const from = (site: string, mode: string, dest: string): Fields => ({
      'sec-fetch-site': site,
      'sec-fetch-mode': mode,
      'sec-fetch-dest': dest,
    });
    expect((await console.ask('/push?event=$e', from('cross-site', 'navigate', 'document'))).status).toBe(
      200,
    );
    for (const headers of [
      from('cross-site', 'no-cors', 'image'),
      from('cross-site', 'navigate', 'iframe'),
      from('same-site', 'cors', 'empty'),
    ])
      expect((await console.ask('/push?event=$e', headers)).status).toBe(403);
    expect(console.asked).toHaveLength(1);
  });

  test('is told by every answer to run nothing, frame nothing and guess nothing', async () => {
    await using console = await setup();
    for (const path of ['/', '/nowhere', '/history']) {
      const { headers } = await console.ask(path);
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    }
  });
});

test('a page is zipped only where nothing of it comes from the request', async () => {
  await using console = await setup();
  const zips = { 'accept-encoding': 'gzip' };
  expect((await console.ask('/', zips)).headers['content-encoding']).toBe('gzip');
  expect((await console.ask('/push?event=x', zips)).headers['content-encoding']).toBeUndefined();
  expect((await console.ask('/')).headers['content-encoding']).toBeUndefined();
});

describe('changes', () => {
  test('are neither offered nor made by a console that only reads', async () => {
    await using console = await setup();
    expect((await console.ask('/app?name=ios')).text).not.toContain('/change');
    const token = console.tokenOf((await console.ask('/push')).text);
    expect((await console.ask('/change?kind=resume&app=ios')).status).toBe(403);
    expect((await console.ask('/change', {}, { kind: 'resume', app: 'ios', token })).status).toBe(403);
    expect(console.changed).toEqual([]);
  });

  test.each([
    { kind: 'explode', app: 'ios' },
    { kind: 'pause', app: '' },
    { kind: 'pause', app: 'ios', lane: 'middle' },
    { kind: 'pause', app: 'ios', minutes: '-1' },
    { kind: 'pause', app: 'ios', minutes: '1e9' },
    { kind: 'pause', app: 'ios', reason: 'x'.repeat(201) },
    { kind: 'retry', id: '' },
  ])('that no form of ours asks for are none: %j', async (fields) => {
    await using console = await setup({ changes: true });
    const token = console.tokenOf((await console.ask('/push')).text);
    expect((await console.ask('/change', {}, { ...fields, token })).status).toBe(400);
    expect(console.changed).toEqual([]);
  });

  test('are asked about apps of the configuration alone, so that no link writes a question of its own', async () => {
    await using console = await setup({ changes: true });
    const told = 'Your session has ended: call 555 0100';
    for (const kind of ['pause', 'resume']) {
      const { status, text } = await console.ask(
        `/change?${new URLSearchParams({ kind, app: told }).toString()}`,
      );
      expect(status).toBe(404);
      expect(text).not.toContain(told);
    }
  });

  test('that cannot be made are told with the cure', async () => {
    const change = () =>
      Promise.reject(new OperatorError('Redis is gone', { cure: 'start it', exit: 'unavailable' }));
    await using console = await setup({ changes: true, source: { change } });
    const token = console.tokenOf((await console.ask('/push')).text);
    const { status, text } = await console.ask('/change', {}, { kind: 'resume', app: 'ios', token });
    expect(status).toBe(409);
    expect(text).toContain('Redis is gone: start it');
    expect(console.logged).toMatchObject([{ msg: 'changed from the console', good: false }]);
  });
});

// Invariant 12.
test('a pushkey stands in no address, no page and no log', async () => {
  await using console = await setup();
  const token = console.tokenOf((await console.ask('/push')).text);
  const secret = 'c2VjcmV0LXB1c2hrZXk=';
  const found = await console.ask('/push', {}, { token, event: '$e', pushkey: secret });
  expect(found).toMatchObject({ status: 200 });
  expect(console.asked).toEqual([{ event: '$e', pushkey: secret }]);
  expect(found.text + JSON.stringify(found.headers) + JSON.stringify(console.logged)).not.toContain(secret);
  const { headers } = await console.ask('/push', {}, { token, event: '$e&x', pushkey: '' });
  expect(headers.location).toBe('/push?event=%24e%26x');
});

// Invariant 12.
test('a rejection is forgotten without the pushkey in any page, by the visitor who typed it alone', async () => {
  await using console = await setup({ users, changes: true });
  const { cookie } = await console.signIn();
  const bob = await console.signIn('bob', 'bobs password');
  const token = console.tokenOf((await console.ask('/push', { cookie })).text);
  const pushkey = 'c2VjcmV0LXB1c2hrZXk=';
  const found = await console.ask('/push', { cookie }, { token, event: '', pushkey });
  const ticket = /ticket=([\w-]+)/.exec(found.text)?.[1] ?? '';
  const address = `/change?kind=forget&ticket=${ticket}`;
  expect((await console.ask(address, { cookie: bob.cookie })).status).toBe(400);
  const asking = await console.ask(address, { cookie });
  expect(asking.text).toContain('Forget that this pushkey was rejected?');
  const { status } = await console.ask('/change', { cookie }, { kind: 'forget', ticket, token });
  expect(status).toBe(200);
  expect(console.changed).toEqual([{ kind: 'forget', pushkey, by: 'alice' }]);
  const told = found.text + asking.text + JSON.stringify(console.logged);
  expect(told).toContain('changed from the console');
  expect(told).not.toContain(pushkey);
});

test('only so many pushes are looked for at a time', async () => {
  const { promise, resolve } = Promise.withResolvers<{ ways: []; notes: [] }>();
  let begun = 0;
  const push = () => {
    begun += 1;
    return promise;
  };
  await using console = await setup({ source: { push } });
  const asked = [1, 2, 3].map(() => console.ask('/push?event=$e'));
  await expect.poll(() => begun).toBe(3);
  expect((await console.ask('/push?event=$e')).status).toBe(503);
  resolve({ ways: [], notes: [] });
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await console.ask('/push?event=$e')).status).toBe(200);
});

test('a form that never ends is not read for ever', async () => {
  await using console = await setup();
  const token = console.tokenOf((await console.ask('/push')).text);
  const { status } = await console.ask('/push', {}, { token, event: 'x'.repeat(20_000) });
  expect(status).toBe(403);
});

test('a page that fails tells the log, and the visitor nothing', async () => {
  const deadLetters = () => Promise.reject(new Error('a secret'));
  await using console = await setup({ source: { deadLetters } });
  const { status, text } = await console.ask('/dead-letters');
  expect(status).toBe(500);
  expect(text).not.toContain('a secret');
  expect(console.logged).toMatchObject([{ level: 'error', err: { message: 'a secret' } }]);
});

test.each([
  ['an unknown form', 'alice:md5:aaaa:bbbb', 1],
  ['a plain password', '# users\nalice:secret', 2],
  ['a user twice', `${lines[0]}\n${lines[0]}`, 2],
  ['a cut hash', (lines[0] ?? '').slice(0, -4), 1],
])('a password file with %s names the line', (_, text, line) => {
  expect(readPasswordFile(text)).toBe(line);
});
