import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

/** Runs `main` as the only thing of a process of its own; `main` sees what the package exports, and `stop`. */
function start(main: string) {
  const program = `
    import * as runtime from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    const { createLifecycle, createLog, OperatorError, run, ConfigError } = runtime;
    const { log } = createLog({ pretty: false });
    const ready = () => process.stdout.write('ready\\n');
    const never = () => new Promise(() => setInterval(() => {}, 1000));
    await run(log, async (stop) => { ${main} }, { lingerMs: 200 });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  const isReady = Promise.withResolvers<void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk);
    if (chunks.join('').includes('ready\n')) isReady.resolve();
  });
  const errors = text(child.stderr);
  const closed = once(child, 'close');
  return {
    ready: isReady.promise,
    output: () => chunks.join(''),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async end() {
      const [code] = (await closed) as [number | null];
      return { code, stdout: chunks.join(''), stderr: await errors };
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

describe('a process', () => {
  test('ends with 0 when its work is done', async () => {
    using process = start('');
    expect(await process.end()).toMatchObject({ code: 0, stderr: '' });
  });

  test.for(['SIGTERM', 'SIGINT'] as const)('stops in order and ends with 0 on %s', async (signal) => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 5000, signal: stop.signal });
      lifecycle.add('first', () => process.stdout.write('first closed\\n'));
      lifecycle.add('second', () => process.stdout.write('second closed\\n'));
      const holding = setInterval(() => {}, 1000);
      lifecycle.add('timer', () => clearInterval(holding));
      ready();
      await stop.requested;
    `);
    await process.ready;
    process.kill(signal);
    const { code, stdout } = await process.end();
    expect(code).toBe(0);
    expect(stdout).toMatch(/second closed\n(.*\n)*first closed\n/);
  });

  test.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once on a second signal: %s, %i', async ([signal, expected]) => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 600_000 });
      lifecycle.add('stuck', () => { process.stdout.write('stopping\\n'); stuck.resolve(); return never(); });
      const stuck = Promise.withResolvers();
      stuck.promise.then(ready);
      process.stdout.write('up\\n');
      const up = setInterval(() => {}, 1000);
      process.kill(process.pid, '${signal}');
      await stop.requested;
    `);
    await process.ready;
    process.kill(signal);
    expect((await process.end()).code).toBe(expected);
  });

  test('ends with 0 when the stop cuts its start short', async () => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 100, signal: stop.signal });
      const opening = Promise.withResolvers();
      const hold = setInterval(() => {}, 1000);
      ready();
      stop.signal.addEventListener('abort', () => { clearInterval(hold); setImmediate(opening.resolve); });
      await lifecycle.start('slow', () => opening.promise, () => process.stdout.write('closed\\n'));
      process.stdout.write('started\\n');
    `);
    await process.ready;
    process.kill('SIGTERM');
    const { code, stdout } = await process.end();
    expect(code).toBe(0);
    expect(stdout).toContain('closed\n');
    expect(stdout).not.toContain('started\n');
  });

  test('ends with 1 when something did not stop', async () => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 1000 });
      lifecycle.add('redis', () => { throw new Error('lost'); });
    `);
    const { code, stdout, stderr } = await process.end();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const [line] = stdout.trim().split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'error',
      msg: 'failed to stop',
      step: 'redis',
      err: { message: 'lost' },
    });
  });

  test("tells the operator's errors in one line with the cure, without a stack, and ends with their code", async () => {
    using process = start(
      `throw new OperatorError('Port 80 is taken', { cure: 'choose another', exit: 'unavailable' });`,
    );
    expect(await process.end()).toEqual({
      code: 69,
      stdout: '',
      stderr: 'carillon: Port 80 is taken: choose another\n',
    });
  });

  test('tells every problem of a configuration in a line of its own', async () => {
    using process = start(
      `throw new ConfigError('c.yaml', [{ path: 'log', message: 'b', line: 2, column: 1 }, { path: '', message: 'a' }]);`,
    );
    expect(await process.end()).toEqual({
      code: 78,
      stdout: '',
      stderr: 'carillon: c.yaml: a\ncarillon: c.yaml:2:1: log: b\n',
    });
  });

  test('logs an unexpected error with its stack and ends with 1', async () => {
    using process = start(`throw new TypeError('not a function');`);
    const { code, stdout, stderr } = await process.end();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const entry = JSON.parse(stdout) as { level: string; err: { stack: string } };
    expect(entry).toMatchObject({ level: 'fatal', err: { type: 'TypeError', message: 'not a function' } });
    expect(entry.err.stack).toContain('at ');
  });

  test('tells both the error of its work and that of its stop', async () => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 1000 });
      lifecycle.add('redis', () => { throw new Error('lost'); });
      throw new OperatorError('No provider', { cure: 'add one', exit: 'configuration' });
    `);
    const { code, stdout, stderr } = await process.end();
    expect({ code, stderr }).toEqual({ code: 78, stderr: 'carillon: No provider: add one\n' });
    expect(stdout).toContain('failed to stop');
  });

  test.for([
    ['an exception that nobody caught', `setImmediate(() => { throw new Error('stray'); });`],
    ['a rejection that nobody handled', `void Promise.reject(new Error('stray'));`],
    ['a part that failed for good', `stop.fail(new Error('stray'));`],
  ])('stops in order and ends with 1 after %s', async ([, trouble]) => {
    using process = start(`
      await using lifecycle = createLifecycle({ log, graceMs: 5000 });
      const holding = setInterval(() => {}, 1000);
      lifecycle.add('timer', () => { clearInterval(holding); process.stdout.write('closed\\n'); });
      ${trouble}
      await stop.requested;
    `);
    const { code, stdout } = await process.end();
    expect(code).toBe(1);
    expect(stdout).toMatch(/"level":"fatal".*stray.*\n(.*\n)*closed\n/);
  });

  test('ends even though something keeps it alive, and says what', async () => {
    using process = start(`setInterval(() => {}, 1000);`);
    const { code, stdout } = await process.end();
    expect(code).toBe(0);
    expect(stdout).toMatch(/"resources":\[.*"Timeout"/);
  });
});
