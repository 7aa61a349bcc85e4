import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { queueName } from '@carillon/queue';
import { expect, test } from 'vitest';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { keepLedger } from './ledger.ts';

async function carillon(configPath: string, ...args: readonly string[]) {
  await using program = startProgram('script/carillon', [...args, '--config', configPath]);
  const exit = await program.ended;
  return { exit, text: program.lines.join('\n') };
}

test('a parked app is listed with its cure and goes on when it is resumed; a worker logs more when it is told to', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { program: worker, opsUrl } = await installation.startWorker();
  using notifier = createNotifier(url);
  const answer = await fetch(`${opsUrl}/log/level`, { method: 'PUT', body: 'debug' });
  expect(await answer.json()).toEqual({ level: 'debug' });
  expect(await worker.lineOf(({ msg }) => msg === 'log level changed')).toMatchObject({
    to: 'debug',
    by: '127.0.0.1',
  });

  await installation.script(iosToken(1), { status: 403, reason: 'InvalidProviderToken' });
  await notifier.postUntilTaken(messageNotify('a', 1));
  await worker.lineOf(({ msg }) => String(msg).startsWith('app is parked'));

  const listed = await carillon(installation.configPath, 'apps');
  expect(listed.text).toMatch(/✗ com\.example\.app\.ios is parked, for InvalidProviderToken since/);
  expect(listed.text).toMatch(/^ +high +(1 +0|0 +1) /m);
  expect(listed.exit).toBe(0);

  await installation.script(iosToken(1), undefined);
  const resumed = await carillon(installation.configPath, 'apps', 'resume', iosApp);
  expect(resumed.exit).toBe(0);
  expect(resumed.text).toMatch(/^com\.example\.app\.ios is (no longer parked|neither paused nor parked)/); // a probe may have been faster
  await ledger.allRing([eventIdOf('a')]);
});

test('a paused app sends nothing across a restart of its worker, and when the pause ends by itself everything rings', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { configPath } = installation;
  const { url } = await installation.startIngress();
  const { program: first } = await installation.startWorker();
  using notifier = createNotifier(url);
  const isPaused = ({ msg }: { readonly msg?: unknown }) => String(msg).startsWith('an operator has paused');
  expect((await carillon(configPath, 'apps', 'pause', iosApp, '--reason', 'planned work')).exit).toBe(0);
  expect(await first.lineOf(isPaused)).toMatchObject({ app: iosApp, reason: 'planned work' });

  const events = ['a', 'b', 'c'];
  for (const [phone, event] of events.entries()) await notifier.postUntilTaken(messageNotify(event, phone));
  first.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const { program: second } = await installation.startWorker();
  await second.lineOf(isPaused);
  const drained = await carillon(configPath, 'apps', 'drain', iosApp, '--once');
  expect(drained).toMatchObject({ exit: 1, text: expect.stringMatching(/has 3 that wait/) });
  expect(ledger.total).toBe(0);

  await carillon(configPath, 'apps', 'pause', iosApp, '--until', '1s');
  await ledger.allRing(events.map(eventIdOf));
  expect(
    await second.lineOf(({ msg }) => String(msg).startsWith('the lane is no longer paused')),
  ).toBeDefined();
  expect(await carillon(configPath, 'apps', 'drain', iosApp)).toMatchObject({
    exit: 0,
    text: expect.stringMatching(/is empty/),
  });
});

test('a dead letter is counted, listed without a secret, and rings when it is retried', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  using notifier = createNotifier(url);
  const redis = installation.redis.connect();
  const queue = `carillon:${queueName({ app: iosApp, shard: 0, lane: 'high' })}`;
  await notifier.postUntilTaken(messageNotify('a', 1));
  const [id = ''] = await redis.lrange(`${queue}:wait`, 0, -1);
  // As workers leave a delivery that crashed them.
  await redis.hset(`${queue}:${id}`, { crashes: '2', stc: '6' });
  await redis.lpush(`${queue}:wait`, 'nonsense');
  await redis.hset(`${queue}:nonsense`, { name: 'x', data: '{' });
  const { opsUrl, program: worker } = await installation.startWorker();
  await worker.lineOf(({ reason }) => reason === 'not a delivery');
  const metrics = async () => (await fetch(`${opsUrl}/metrics`)).text();
  await expect.poll(metrics).toContain(`carillon_dead_letters{app="${iosApp}"} 2`);

  const { text } = await carillon(installation.configPath, 'dead', 'list');
  expect(text).toMatch(/^com\.example\.app\.ios\/0\/high\/[\w-]{22} .* crashed/m);
  expect(text).toMatch(/^com\.example\.app\.ios\/0\/high\/nonsense .* not a delivery/m);
  expect(text).not.toContain(iosPushkey(1));
  const retried = await carillon(installation.configPath, 'dead', 'retry', '--all');
  expect(retried.exit).toBe(0);
  await ledger.allRing([eventIdOf('a')]);
});

test('top shows one frame where there is no terminal, with the rates of the processes that it was told of', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url, opsUrl: door } = await installation.startIngress();
  const { opsUrl: worker } = await installation.startWorker();
  using notifier = createNotifier(url);
  await notifier.postUntilTaken(messageNotify('t0', 1));
  const over = new AbortController();
  const sender = (async () => {
    for (let event = 1; !over.signal.aborted; event += 1) {
      await notifier.post(messageNotify(`t${event}`, event % 20));
      await ledger.allRing([eventIdOf(`t${event}`)]);
    }
  })();
  const { exit, text } = await carillon(installation.configPath, 'top', '--ops', door, '--ops', worker);
  over.abort();
  await sender;
  expect(exit).toBe(0);
  expect(text).not.toContain('\u001B');
  const rows = text.split('\n').map((line) => line.split(/ {2,}/));
  const heads = rows.find(([first]) => first === 'APP') ?? [];
  const row = rows.find(([first]) => first === iosApp) ?? [];
  const cell = (head: string) => row[heads.indexOf(head)];
  expect(Number(cell('IN/s'))).toBeGreaterThan(0);
  expect(Number(cell('SENT/s'))).toBeGreaterThan(0);
  expect(cell('P99')).toMatch(/^[\d.]+m?s/);
  expect(cell('STATE')).toBe('ok');
});

test('top takes over a terminal and gives it back as it was when q is pressed, and at Ctrl-C', async () => {
  await using installation = await startInstallation();
  for (const key of ['q', '\u0003']) {
    const { exit, screen, settings } = await onTerminal(
      `script/carillon top --config ${installation.configPath}`,
      (seen) => (seen.includes('total') ? key : undefined),
    );
    expect(exit).toBe(0);
    expect(screen).toMatch(/\u001B\[\?1049h.*carillon top.*\.app\.ios/s); // oxlint-disable-line no-control-regex -- what a terminal is told
    expect(screen.indexOf('\u001B[?1049l')).toBeGreaterThan(screen.lastIndexOf('total'));
    expect(settings.after).toBe(settings.before);
  }
});

/** Runs a command on a terminal of its own, and presses the key that `respond` gives as soon as it gives one. */
async function onTerminal(command: string, respond: (seen: string) => string | undefined) {
  const line = `stty -g; stty cols 60 rows 20; ${command}; code=$?; stty -g; exit $code`;
  // util-linux' `script` makes the terminal; it is part of every Debian.
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: new URL('../..', import.meta.url).pathname,
  });
  let seen = '';
  let pressed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    const key = pressed ? undefined : respond(seen);
    if (key === undefined) return;
    pressed = true;
    child.stdin.write(key);
  });
  const [exit] = (await once(child, 'exit')) as [number | null];
  child.stdin.destroy();
  const settingsLines = seen.split(/\r?\n/).filter((text) => /[0-9a-f]+(:[0-9a-f]+){10,}/.test(text));
  const settingsOf = (text = '') => /[0-9a-f]+(?::[0-9a-f]+){10,}/.exec(text)?.[0];
  return {
    exit,
    screen: seen,
    settings: { before: settingsOf(settingsLines[0]) ?? 'none', after: settingsOf(settingsLines.at(-1)) },
  };
}
