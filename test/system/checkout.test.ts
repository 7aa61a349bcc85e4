import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { expect, test } from 'vitest';
import { readRepositoryFile } from '../repository/root.ts';
import { type Scratch, scratch } from '../repository/scratch.ts';

/** A bootstrapped checkout whose program tells how it was started, and with the word `wait` waits for a signal. */
async function setup(): Promise<Scratch> {
  const checkout = await scratch();
  await checkout.copy('script/bootstrap', 'script/carillon', 'script/start', 'package-lock.json');
  await checkout.copy('apps/cli/bin');
  await checkout.write('package.json', '{ "type": "module" }');
  await checkout.write('apps/cli/src/main.ts', program);
  await checkout.write('test/demo/main.ts', program);
  const lock = readRepositoryFile('package-lock.json');
  await checkout.write('node_modules/.installed-package-lock.json', lock);
  await mkdir(join(checkout.path, 'node_modules/.bin'));
  await symlink(process.execPath, join(checkout.path, 'node_modules/.bin/node'));
  return checkout;
}

const program = `
  const args: readonly string[] = process.argv.slice(2);
  process.exitCode = 3;
  if (args.includes('wait')) {
    const timer = setInterval(() => {}, 1_000);
    process.once('SIGTERM', () => {
      clearInterval(timer);
      process.exitCode = 7;
    });
  }
  console.log(JSON.stringify({ args, cwd: process.cwd(), pid: process.pid, node: process.execPath }));
`;

interface Started {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly pid: number;
  readonly node: string;
}

function start(checkout: Scratch, script: string, args: readonly string[], cwd: string): ChildProcess {
  return spawn(join(checkout.path, script), args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<Started> {
  if (child.stdout === null) throw new Error('The output of the child is not piped');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as Started;
}

test('script/carillon hands over the arguments, the working directory and the exit code', async () => {
  await using checkout = await setup();
  await using elsewhere = await scratch();
  const child = start(checkout, 'script/carillon', ['worker', '--app', 'com.example.*'], elsewhere.path);

  const [started, [code]] = await Promise.all([firstLine(child), once(child, 'close')]);

  expect(started).toMatchObject({ args: ['worker', '--app', 'com.example.*'], cwd: elsewhere.path });
  expect(code).toBe(3);
});

test('script/carillon becomes the program, so that a signal reaches it', async () => {
  await using checkout = await setup();
  const child = start(checkout, 'script/carillon', ['ingress', 'wait'], checkout.path);
  const ended = once(child, 'close');

  const { pid, node } = await firstLine(child);
  child.kill('SIGTERM');

  expect(await ended).toEqual([7, null]);
  expect({ pid, node }).toEqual({ pid: child.pid, node: process.execPath });
});

test('script/start becomes the demo', async () => {
  await using checkout = await setup();
  const child = start(checkout, 'script/start', ['--once'], checkout.path);

  const [started] = await Promise.all([firstLine(child), once(child, 'close')]);

  expect(started.args).toEqual(['--once']);
});
