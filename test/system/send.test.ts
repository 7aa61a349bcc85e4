import { expect, test } from 'vitest';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { startProgram } from '../installation/process.ts';

/** Runs `carillon send` to its end: the exit code and what it printed. */
async function send(configPath: string, phone: number, ...args: readonly string[]) {
  const command = ['send', '--app', iosApp, '--pushkey', iosPushkey(phone), '--config', configPath, ...args];
  await using program = startProgram('script/carillon', command);
  const exit = await program.ended;
  return { exit, text: program.lines.join('\n') };
}

test('a push that the provider takes ends well; a dead pushkey is told as such, then as known dead', async () => {
  await using installation = await startInstallation();
  await installation.startWorker();
  const rung = installation.apns.lineOf((line) => line['token'] === iosToken(1));

  const delivered = await send(installation.configPath, 1);
  expect(delivered.text).toMatch(/✓ +\d+ ms {2}queued for com\.example\.app\.ios \(apns\), lane high/);
  expect(delivered.text).toMatch(/✓ +\d+ ms {2}delivered: /);
  expect(delivered.exit).toBe(0);
  await rung;

  await installation.script(iosToken(7), { status: 410, reason: 'Unregistered' });
  const dead = await send(installation.configPath, 7, '--kind', 'call');
  expect(dead.text).toMatch(/✗ +\d+ ms {2}dead: Unregistered\. The pushkey is rejected from now on/);
  expect(dead.exit).toBe(1);

  const known = await send(installation.configPath, 7);
  expect(known.text).toMatch(/✗ +\d+ ms {2}rejected: .* is dead, in registrations up to \d{4}-/);
  expect(known.exit).toBe(1);
  expect(`${dead.text}${known.text}`).not.toContain(iosPushkey(7));
});

test('a provider in trouble is told as such, try by try', async () => {
  await using installation = await startInstallation();
  await installation.startWorker();
  await installation.script(iosToken(1), { status: 503, reason: 'ServiceUnavailable' });

  const later = await send(installation.configPath, 1, '--timeout', '8s');
  expect(later.text).toMatch(/[!✗] +\d+ ms {2}later: ServiceUnavailable\./);
  expect(later.exit).toBe(1);
});

test('a wrong key is told with its cure, and afterwards that the app is parked', async () => {
  await using installation = await startInstallation();
  const { program: worker } = await installation.startWorker();
  await installation.script(iosToken(1), { status: 403, reason: 'InvalidProviderToken' });

  const first = await send(installation.configPath, 1);
  expect(first.text).toMatch(/✗ +\d+ ms {2}misconfigured: InvalidProviderToken: \w/);
  expect(first.exit).toBe(1);

  worker.kill('SIGTERM');
  await worker.ended;
  const second = await send(installation.configPath, 2, '--timeout', '1s');
  expect(second.text).toMatch(/its app is parked, for InvalidProviderToken since \d{4}-.*: \w/);
  expect(second.exit).toBe(69);
});

test('without a worker it says so, and without Redis too, in its own words alone', async () => {
  await using installation = await startInstallation();
  const alone = await send(installation.configPath, 1, '--timeout', '1s');
  expect(alone.text).toMatch(/no final answer within 1 s/);
  expect(alone.text).toMatch(/no worker takes com\.example\.app\.ios, lane high/);
  expect(alone.exit).toBe(69);

  // What is wrong stands on standard error; a hanging socket brings no line of the log.
  installation.redis.freeze();
  expect(await send(installation.configPath, 1)).toEqual({ exit: 69, text: '' });
  await installation.redis.stop();
  expect(await send(installation.configPath, 1)).toEqual({ exit: 69, text: '' });
});
