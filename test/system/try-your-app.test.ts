import { expect, test } from 'vitest';
import { iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { startProgram } from '../installation/process.ts';
import { codeBlocks } from '../repository/markdown.ts';
import { readRepositoryFile, root } from '../repository/root.ts';
import { run } from '../repository/run.ts';

const page = readRepositoryFile('docs/try-your-app.md');
const lines = codeBlocks(page, 'sh').flatMap((block) => block.trimEnd().split(/\n(?=script|curl)/));
const commands = (start: string): readonly string[] => lines.filter((line) => line.startsWith(start));

test('the commands of docs/try-your-app.md ring the phone', async () => {
  await using installation = await startInstallation();
  const { url: carillon } = await installation.startIngress();
  await installation.startWorker();
  await using homeserver = startProgram('script/homeserver', ['--listen', '127.0.0.1:0']);
  const found = () => /listens on http:\/\/(\S+)/.exec(homeserver.lines.join('\n'))?.[1];
  await expect.poll(found).toBeDefined();
  const here = found() ?? '';

  /** As it stands there, but for the ports, the pushkey and the configuration of this test. */
  const tried = async (command: string) => {
    const own = command
      .replaceAll('http://127.0.0.1:8008', `http://${here}`)
      .replaceAll('http://127.0.0.1:8080', carillon)
      .replaceAll('PUSHKEY', iosPushkey(1))
      .replace(/^script\/homeserver (\w+)/, `script/homeserver $1 --at http://${here}`)
      .replace(/^script\/carillon trace/, `script/carillon trace --config ${installation.configPath}`);
    const { code, stdout } = await run('sh', ['-c', own], { cwd: root, env: process.env });
    expect(code, own).toBe(0);
    return stdout;
  };

  const [set = ''] = commands('curl');
  expect(await tried(set)).toBe('{}');
  const rung = installation.apns.lineOf((line) => line['token'] === iosToken(1));
  const [message = '', ...others] = commands('script/homeserver ');
  const answer = JSON.parse(await tried(message)) as { readonly event_id: string; readonly pushes: unknown };
  expect(answer.pushes).toMatchObject([{ user_id: '@bob:example.org', status: 200, rejected: false }]);
  await rung;

  const [trace = ''] = commands('script/carillon trace');
  await expect
    .poll(async () => tried(trace.replace('EVENT_ID', answer.event_id)).catch(() => ''), { interval: 500 })
    .toContain('delivered');
  for (const other of others) await tried(other);
  const asked = (command: string) => others.some((other) => other.includes(command));
  expect(['call', 'invite', 'message', 'read'].map(asked)).toEqual([true, true, true, true]);
  await expect.poll(() => homeserver.lines.filter((line) => line.includes('→ 200')).length).toBe(5);
});
