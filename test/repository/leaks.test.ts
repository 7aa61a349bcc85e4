import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { liveProcesses } from '../setup/processes.ts';
import { root } from './root.ts';
import { run } from './run.ts';
import { type Scratch, scratch } from './scratch.ts';

/** A project with the real leak checks and one test file. */
async function setup(testFile: string): Promise<Scratch> {
  const project = await scratch();
  await project.copy('test/setup', 'package.json');
  await symlink(join(root, 'node_modules'), join(project.path, 'node_modules'));
  await project.write(
    'vitest.config.ts',
    `export default { test: {
      include: ['*.test.ts'],
      setupFiles: ['test/setup/leaked-handles.ts'],
      globalSetup: ['test/setup/leftovers.ts'],
    } };`,
  );
  await project.write('a.test.ts', testFile);
  return project;
}

async function vitest(project: Scratch): Promise<{ readonly code: number | null; readonly output: string }> {
  // Of its own: this run, too, marks its processes and has its folder.
  const { CARILLON_TEST_RUN: _, CARILLON_TEST_FILES: _files, ...env } = process.env;
  const { code, stdout, stderr } = await run(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--no-color', '--reporter=default'],
    { cwd: project.path, env },
  );
  return { code, output: stdout + stderr };
}

const aTest = (body: string) => `import { expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
test('a', async () => { ${body}; expect(1).toBe(1); });`;

test('a test file that closes what it opens passes', async () => {
  await using project = await setup(
    aTest(`
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = connect(server.address().port, '127.0.0.1');
      await once(server, 'connection');
      const child = spawn('sleep', ['60']);
      clearInterval(setInterval(() => {}, 1_000));
      client.destroy();
      server.close();
      child.kill()`),
  );

  const { code, output } = await vitest(project);

  expect(code, output).toBe(0);
});

const leaks: readonly (readonly [what: string, body: string, message: string])[] = [
  ['a server', "await once(createServer().listen(0), 'listening')", 'leaves open: TCPServerWrap'],
  ['a timer', 'setInterval(() => {}, 1_000)', 'leaves open: Timeout'],
  ['a child process', "spawn('sleep', ['60'], { stdio: 'inherit' })", 'sleep 60'],
];

test.each(leaks)('a test file that leaves %s fails', async (_what, body, message) => {
  await using project = await setup(aTest(body));

  const { code, output } = await vitest(project);

  expect(output).toContain(message);
  expect(code).toBe(1);
});

test('a run that leaves a process of its own session fails, and the process is ended', async () => {
  await using project = await setup(
    aTest(`
      const child = spawn('sh', ['-c', 'sleep 60 & echo $!'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      const [pid] = await once(child.stdout, 'data');
      console.log('left behind: ' + pid);
      child.stdout.destroy();
      await once(child, 'exit')`),
  );

  const { code, output } = await vitest(project);

  const pid = Number(/left behind: (\d+)/.exec(output)?.[1]);
  expect(output).toContain(`The tests leave processes behind (ended now):\n  ${pid}  sleep 60`);
  expect(code).toBe(1);
  expect(liveProcesses().filter((one) => one.pid === pid)).toEqual([]);
});

test('a run that leaves temporary files fails, and they are removed', async () => {
  await using project = await setup(
    aTest("console.log('left behind: ' + mkdtempSync(tmpdir() + '/scrap-'))"),
  );

  const { code, output } = await vitest(project);

  const path = /left behind: (\S+)/.exec(output)?.[1] ?? '';
  expect(output).toContain(`The tests leave files behind (removed now):\n  ${basename(path)}`);
  expect(code).toBe(1);
  expect(existsSync(path)).toBe(false);
});
