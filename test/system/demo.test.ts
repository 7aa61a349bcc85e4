import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).error === undefined;
const markName = 'CARILLON_DEMO_TEST';
const steps = [
  '1. Messages arrive',
  '2. A retry does not ring twice',
  '3. A dead pushkey is rejected',
  '4. A worker dies, nothing is lost',
  'Summary',
];

/** The demo as a process, with a temporary folder to itself and a mark that all its processes inherit. */
function startDemo(args: readonly string[] = []) {
  const temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
  const mark = randomUUID();
  const child = spawn(process.execPath, ['test/demo/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary, [markName]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as in a terminal.
    detached: true,
  });
  const pid = child.pid ?? 0;
  let output = '';
  let errors = '';
  const listeners = new Set<() => void>();
  const hear = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    hear();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let isOver = false;
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code: number | null, signal: string | null) => {
      isOver = true;
      resolve(signal ?? code ?? '');
      hear();
    });
  });

  return {
    pid,
    ended,
    output: () => output,
    errors: () => errors,
    processes: () => processesOf(mark, temporary),
    /** What it left in its temporary folder. */
    leftovers: () => readdirSync(temporary),
    /** Resolves when the text has been shown; rejects when the demo ends without it. */
    shows(text: string): Promise<void> {
      return new Promise((resolve, reject) => {
        const listener = (): void => {
          if (output.includes(text)) resolve();
          else if (isOver) reject(new Error(`The demo ended without “${text}”:\n${output}${errors}`));
          else return;
          listeners.delete(listener);
        };
        listeners.add(listener);
        listener();
      });
    },
    /** As Ctrl-C does. */
    interrupt: () => process.kill(-pid, 'SIGINT'),
    async [Symbol.asyncDispose]() {
      if (!isOver) process.kill(-pid, 'SIGKILL');
      await ended;
      await vanished(() => processesOf(mark, temporary).length);
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

interface DemoProcess {
  readonly pid: number;
  readonly command: string;
}

/** Those with the mark, and Redis, which writes its title over its environment but works in the folder. */
function processesOf(mark: string, folder: string): readonly DemoProcess[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && (hasMark(pid, mark) || worksIn(pid, folder)))
    .map((pid) => ({ pid, command: readProc(pid, 'cmdline').replaceAll('\0', ' ') }));
}

function hasMark(pid: number, mark: string): boolean {
  return readProc(pid, 'environ').includes(`${markName}=${mark}`);
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** What nobody tells us of has to be looked at until it is gone. */
async function vanished(count: () => number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (count() > 0 && performance.now() < deadline) await delay(20);
}

describe('script/start', () => {
  it('shows the tour, ends with 0, and leaves nothing behind', async () => {
    await using demo = startDemo(['--once']);
    expect(await demo.ended, demo.output() + demo.errors()).toBe(0);
    const output = demo.output();
    for (const step of steps) expect(output).toContain(`\n${step}\n`);
    expect(output).toMatch(/Bob → Alice's iPhone +“Are you coming for lunch\?” +\d+ ms/);
    expect(output).toMatch(/the same event again +200, nothing rings/);
    expect(output).toMatch(/“Hello\?” +rejected: pusher deleted/);
    expect(output).toMatch(/kill -9 after \d+ messages/);
    expect(output).toMatch(/messages +\d{3}, all rang, lost 0/);
    expect(output).toMatch(/configuration\s+\S+carillon\.yaml/);
    expect(output, 'no colours where there is no terminal').toBe(stripVTControlCharacters(output));
    expect(demo.errors()).toBe('');
    expect(demo.processes()).toEqual([]);
    expect(demo.leftovers()).toEqual([]);
  });

  it.each(['starting', '1. Messages arrive', '4. A worker dies'])(
    'stops in order when it is interrupted at “%s”',
    async (text) => {
      await using demo = startDemo();
      await demo.shows(text);
      demo.interrupt();
      expect(await demo.ended, demo.output() + demo.errors()).toBe(0);
      expect(demo.output()).toContain('Everything is stopped');
      expect(demo.errors()).toBe('');
      expect(demo.processes()).toEqual([]);
      expect(demo.leftovers()).toEqual([]);
    },
  );

  it.skipIf(!hasCurl)('keeps running after the tour, and rings when its curl command is used', async () => {
    await using demo = startDemo();
    await demo.shows('\n\ncurl');
    await demo.shows("}'\n");
    await demo.shows('browser, live:\n\nhttp://127.0.0.1:');
    const [command = ''] = /curl -X POST [^]*?}'\n/.exec(demo.output()) ?? [];
    const curl = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(curl.stdout).toBe('{"rejected":[]}');
    await demo.shows('Bob: Hello from curl');
    const [, address = ''] = /browser, live:\n+ *(http:\S+)\n/.exec(demo.output()) ?? [];
    expect(await (await fetch(address)).text()).toContain('com.example.app.android');
    process.kill(demo.pid, 'SIGTERM');
    expect(await demo.ended).toBe(0);
    expect(demo.processes()).toEqual([]);
  });

  it('takes everything along when it is killed itself', async () => {
    await using demo = startDemo();
    await demo.shows('2. A retry');
    process.kill(demo.pid, 'SIGKILL');
    expect(await demo.ended).toBe('SIGKILL');
    await vanished(() => demo.processes().length + demo.leftovers().length);
    expect(demo.processes()).toEqual([]);
    expect(demo.leftovers()).toEqual([]);
  });

  it.each([
    ['the ingress', 'main.ts ingress'],
    ['Redis', 'redis-server'],
    ['Redis', 'installation/keeper.ts'],
  ])('says that %s has died and ends with 1 when %s is killed', async (name, command) => {
    await using demo = startDemo();
    await demo.shows('1. Messages arrive');
    const victim = demo.processes().find((one) => one.command.includes(command));
    process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
    expect(await demo.ended, demo.output()).toBe(1);
    expect(demo.errors()).toContain(`carillon: ${name} ended unexpectedly`);
    expect(demo.processes()).toEqual([]);
    expect(demo.leftovers()).toEqual([]);
  });
});
