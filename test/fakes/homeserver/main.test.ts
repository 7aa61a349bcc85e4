import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../repository/scratch.ts';
import { run } from '../../repository/run.ts';
import { root } from '../../repository/root.ts';
import { startProgram } from '../../installation/process.ts';
import { readCommandLine, UsageError } from './command-line.ts';
import { startRecordingGateway } from './recording-gateway.ts';

const script = 'script/homeserver';

/** The program on a port of its own, its commands, and a gateway. */
async function setup(...args: readonly string[]) {
  const gateway = await startRecordingGateway();
  const program = startProgram(script, ['--listen', '127.0.0.1:0', ...args]);
  const url = () => /listens on (\S+)/.exec(program.lines.join('\n'))?.[1];
  await expect.poll(url).toBeDefined();
  const command = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await run(join(root, script), [...words, '--at', url() ?? ''], {
      env: process.env,
    });
    return { code, stderr, answer: (stdout === '' ? {} : JSON.parse(stdout)) as Told };
  };
  const setPusher = async (token: string) => {
    const response = await fetch(`${url()}/_matrix/client/v3/pushers/set`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        kind: 'http',
        app_id: 'com.example.app',
        app_display_name: 'Example',
        device_display_name: 'Phone',
        pushkey: 'the key',
        lang: 'en',
        data: { url: gateway.url },
      }),
    });
    return response.status;
  };
  return {
    gateway,
    program,
    command,
    setPusher,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

interface Told {
  readonly event_id?: string;
  readonly unread?: number;
  readonly pushes?: readonly object[];
  readonly users?: readonly object[];
}

test('what the commands make happen reaches the gateway, and its answer is told', async () => {
  await using s = await setup();
  expect(await s.setPusher('bob')).toBe(200);
  const { answer } = await s.command('message', '--from', 'alice', '--to', 'bob', 'Dinner', 'at eight?');
  expect(answer.pushes).toEqual([
    { user_id: '@bob:example.org', app_id: 'com.example.app', status: 200, rejected: false },
  ]);
  await s.command('call', '--from', 'alice', '--to', 'bob', '--video');
  await s.command('invite', '--from', 'zoe', '--to', 'bob', '--room', 'Lunch');
  expect((await s.command('read', '--user', 'bob', '--to', 'alice')).answer).toEqual({ unread: 1 });
  await expect.poll(() => s.gateway.received.length).toBe(4);
  const notifications = s.gateway.received.map(
    ({ json }) => (json as { readonly notification: { readonly type: string } }).notification,
  );
  expect(notifications).toMatchObject([
    { type: 'm.room.message', content: { body: 'Dinner at eight?' }, event_id: answer.event_id },
    { type: 'm.call.invite', devices: [{ tweaks: { sound: 'ring' } }] },
    { type: 'm.room.member', room_name: 'Lunch', sender: '@zoe:example.org', counts: { unread: 2 } },
    { type: null, counts: { unread: 1 } },
  ]);
  expect((await s.command('users')).answer.users).toContainEqual({
    user_id: '@bob:example.org',
    unread: 1,
    pushers: [expect.objectContaining({ app_id: 'com.example.app', last: { status: 200, rejected: false } })],
  });
  await expect
    .poll(() => s.program.lines.join('\n'))
    .toMatch(/@bob:example\.org com\.example\.app: m\.room\.message \S+ → 200\n/);
  s.program.kill('SIGTERM');
  expect(await s.program.ended).toBe(0);
});

test('users and tokens come from a file', async () => {
  await using folder = await scratch();
  const file = join(folder.path, 'users');
  await writeFile(file, '# of the test\nbob secret-of-bob\n\nzoe secret-of-zoe\n');
  await using s = await setup('--users-file', file, '--like', 'dendrite');
  expect([await s.setPusher('bob'), await s.setPusher('secret-of-bob')]).toEqual([401, 200]);
  await s.command('message', '--from', 'zoe', '--to', 'bob', 'Hello');
  expect(s.gateway.received[0]?.head.headers['user-agent']).toMatch(/^Go/);
});

test('what is missing is told by its name', async () => {
  await using s = await setup();
  expect(await s.command('message', '--from', 'alice', 'Hello')).toMatchObject({
    code: 2,
    stderr: 'script/homeserver: Missing parameters: to, room\n',
  });
  expect(await s.command('read', '--to', 'alice')).toMatchObject({ code: 2 });
});

test.each([
  [['--like', 'conduit'], '--like must be one of synapse, dendrite, tuwunel, draft'],
  [['--listen', '8008'], '--listen must be HOST:PORT'],
  [['--lisen', 'x:1'], "Unknown option '--lisen'"],
  [['massage'], 'there is no command massage'],
  [['call', 'Hello'], 'call takes no text'],
])('%j is a mistake that is told', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(new UsageError(message));
});
