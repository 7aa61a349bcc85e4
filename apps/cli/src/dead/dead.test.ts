import { expect, test } from 'vitest';
import { secretPushkey, startTestInstallation, type TestInstallation } from '../installation.testing.ts';
import { runCommand } from '../command-line/run-command.testing.ts';

const setup = startTestInstallation;

async function dead(s: TestInstallation, ...args: readonly string[]) {
  const exit = await runCommand(s, 'dead', ...args);
  return { exit, text: s.written() };
}

/** A delivery that expired a moment ago, and what is none. */
async function setAsideHopeless(s: TestInstallation): Promise<void> {
  await s.admit({ expiresAt: Date.now() - 1 });
  await s.redis.hset(s.key('none'), { name: 'x', data: '"{no delivery"' });
  await s.redis.lpush(s.key('wait'), 'none');
  await s.setAllAside({ failedReason: 'not a delivery' });
}

const isWithoutSecrets = (text: string) => {
  expect(text).not.toContain('secret');
  expect(text).not.toContain(secretPushkey);
};

test('the list has what an operator needs and no secret; one device is told from another', async () => {
  await using s = await setup();
  await s.admit();
  await s.admit();
  await s.admit({ device: { appId: 'ios', pushkey: 'another' } });
  await s.setAllAside();
  const { text, exit } = await dead(s, 'list');
  isWithoutSecrets(text);
  const [head = '', ...rows] = text.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(head).toEqual(['ID', 'SET ASIDE', 'REASON', 'CRASHES', 'TRIES', 'DEVICE', 'EXPIRES']);
  expect(rows.slice(0, 3).map(([id]) => id)).toEqual(['ios/0/high/3', 'ios/0/high/2', 'ios/0/high/1']);
  for (const row of rows.slice(0, 3))
    expect(row.slice(1)).toEqual([
      expect.stringMatching(/^[\d.]+m?s ago$/),
      'crashed its workers too often',
      '6',
      '2',
      expect.stringMatching(/^[\w-]{12}$/),
      expect.stringMatching(/^in (59m \d+s|1h)$/),
    ]);
  const [one, two, three] = rows.map((row) => row[5]);
  expect(two).toBe(three);
  expect(one).not.toBe(two);
  expect(text).toContain('3 dead letters. DEVICE is the same for the same pushkey, in this list only.');
  expect(exit).toBe('ok');
});

test('one is shown with all that may be told, for people and for programs', async () => {
  await using s = await setup();
  await s.admit();
  await s.setAllAside({ failedReason: 'crashed\u001B[2J its workers', crashes: '2', stc: '3' });
  const { text } = await dead(s, 'show', 'ios/0/high/1');
  isWithoutSecrets(text);
  expect(text).toContain('reason     crashed [2J its workers\n');
  expect(text).toContain('crashes    3\n');
  expect(text).toContain('event      m.room.message; its id, room, sender and content are hidden\n');
  expect(text).toContain('retry      carillon dead retry ios/0/high/1\n');

  const json = await dead(s, 'show', 'ios/0/high/1', '--json');
  isWithoutSecrets(json.text);
  const { deadLetters } = JSON.parse(json.text) as { deadLetters: Record<string, unknown>[] };
  expect(deadLetters).toMatchObject([
    {
      id: 'ios/0/high/1',
      app: 'ios',
      shard: 0,
      lane: 'high',
      crashes: 3,
      delivery: { tries: 2, eventType: 'm.room.message' },
    },
  ]);
  await expect(dead(s, 'show', 'ios/0/high/1', 'ios/0/low/9')).rejects.toThrow(
    'There is no dead letter ios/0/low/9',
  );
});

test('those that were named are retried, one by one, and what cannot be helped is said', async () => {
  await using s = await setup();
  await setAsideHopeless(s);
  await s.admit();
  await s.setAllAside();
  const ids = ['ios/0/high/2', 'ios/0/high/1', 'ios/0/high/none', 'ios/0/high/77'];
  const { text, exit } = await dead(s, 'retry', ...ids);
  expect(text.split('\n')).toEqual([
    '✓ ios/0/high/2 is back at the end of its queue',
    '✗ ios/0/high/1 has expired: a worker would drop it at once; `carillon dead drop` throws it away',
    '✗ ios/0/high/none cannot be decoded, so no retry helps; `carillon dead drop` throws it away',
    '✗ ios/0/high/77 is not there: it was retried, dropped, or pushed out by later ones',
    '',
  ]);
  expect(exit).toBe('failure');
  expect(await s.redis.lrange(s.key('wait'), 0, -1)).toEqual(['2']);
  expect(await s.redis.zcard(s.key('failed'))).toBe(2);
  const shown = await dead(s, 'show', 'ios/0/high/1', 'ios/0/high/none');
  expect(shown.text).toContain('retry      no: it has expired, and a worker would drop it at once\n');
  expect(shown.text).toContain('retry      no: it cannot be decoded\n');
});

test('all of some apps are retried or dropped, and counted', async () => {
  await using s = await setup();
  await setAsideHopeless(s);
  await s.admit();
  await s.admit();
  await s.setAllAside();
  const none = await dead(s, 'drop', '--all', '--app', 'org.*');
  expect(none).toEqual({ exit: 'ok', text: 'There are no dead letters\n' });

  const retried = await dead(s, 'retry', '--all', '--app', 'i*');
  expect(retried.exit).toBe('ok');
  expect(
    retried.text
      .trim()
      .split('\n')
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual([
    '1 left: cannot be decoded, so no retry helps',
    '1 left: expired, a worker would drop them at once',
    '2 back at the end of their queues',
  ]);
  expect(await s.redis.llen(s.key('wait'))).toBe(2);

  expect((await dead(s, 'drop', 'ios/0/high/1')).text).toBe('✓ ios/0/high/1 is thrown away\n');
  expect((await dead(s, 'drop', '--all')).text).toBe('1 thrown away\n');
  expect((await dead(s)).text).toBe('There are no dead letters\n');
});

test('an unknown app is a mistake of the command line', async () => {
  await using s = await setup();
  await expect(dead(s, 'list', '--app', 'ois')).rejects.toThrow(
    'No app of the configuration matches --app ois',
  );
});
