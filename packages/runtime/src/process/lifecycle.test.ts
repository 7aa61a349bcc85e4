import { afterEach, describe, expect, test, vi } from 'vitest';
import { createLifecycle, StopError } from './lifecycle.ts';

function setup({ graceMs = 20_000 } = {}) {
  const events: string[] = [];
  const note = (level: string) => (fields: object, message: string) => {
    if ('step' in fields) events.push(`${level}: ${String(fields.step)} ${message}`);
  };
  const stopping = new AbortController();
  const lifecycle = createLifecycle({
    log: { debug: note('debug'), warn: note('warn'), error: note('error') },
    graceMs,
    signal: stopping.signal,
  });
  /** A part that notes when it is opened and closed. */
  const part = (name: string, close: (deadline: AbortSignal) => unknown = () => {}) =>
    lifecycle.start(
      name,
      () => {
        events.push(`open ${name}`);
        return name;
      },
      (opened, deadline) => {
        events.push(`close ${opened}`);
        return close(deadline);
      },
    );
  return { lifecycle, part, events, stopping };
}

const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

describe('stopping', () => {
  test('goes in the reverse order of starting', async () => {
    const { lifecycle, part, events } = setup();
    await part('redis');
    await part('providers');
    lifecycle.add('worker', () => events.push('close worker'));
    const report = await lifecycle.stop();
    expect(events.filter((event) => /^(open|close)/.test(event))).toEqual([
      'open redis',
      'open providers',
      'close worker',
      'close providers',
      'close redis',
    ]);
    expect(report).toEqual({
      ok: true,
      steps: ['worker', 'providers', 'redis'].map((name) => ({ name, result: 'stopped' })),
    });
  });

  test('goes on when a part fails to stop, and reports which one', async () => {
    const { lifecycle, part, events } = setup();
    const error = new Error('lost');
    await part('redis');
    await part('providers', () => Promise.reject(error));
    await part('worker', () => {
      throw error;
    });
    expect(await lifecycle.stop()).toEqual({
      ok: false,
      steps: [
        { name: 'worker', result: 'failed', error },
        { name: 'providers', result: 'failed', error },
        { name: 'redis', result: 'stopped' },
      ],
    });
    expect(events).toContain('close redis');
    expect(events).toContain('error: worker failed to stop');
  });

  test('waits for a part no longer than its deadline, which it is told of', async () => {
    vi.useFakeTimers();
    const { lifecycle, part, events } = setup();
    const told: boolean[] = [];
    await part('redis');
    lifecycle.add(
      'worker',
      (deadline) => {
        deadline.addEventListener('abort', () => told.push(deadline.aborted));
        return never();
      },
      { deadlineMs: 3_000 },
    );
    const stopped = lifecycle.stop();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(events).not.toContain('close redis');
    await vi.advanceTimersByTimeAsync(1);
    expect(await stopped).toEqual({
      ok: false,
      steps: [
        { name: 'worker', result: 'timed_out' },
        { name: 'redis', result: 'stopped' },
      ],
    });
    expect(told).toEqual([true]);
    expect(events).toContain('warn: worker did not stop in time');
  });

  test('stops the remaining parts when the grace is used up, each with a last chance', async () => {
    vi.useFakeTimers();
    const { lifecycle, part } = setup({ graceMs: 1_000 });
    await part('metrics');
    await part('redis', never);
    await part('worker', never);
    const stopped = lifecycle.stop();
    // The whole grace for the worker, half a second for Redis, nothing needed for the metrics.
    await vi.advanceTimersByTimeAsync(1_500);
    expect((await stopped).steps).toEqual([
      { name: 'worker', result: 'timed_out' },
      { name: 'redis', result: 'timed_out' },
      { name: 'metrics', result: 'stopped' },
    ]);
  });

  test('happens once, however often it is asked for', async () => {
    const { lifecycle, part, events } = setup();
    await part('redis');
    const [first, second] = await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(second).toBe(first);
    expect(events.filter((event) => event === 'close redis')).toHaveLength(1);
  });

  test('at the end of a block throws what did not stop', async () => {
    const { lifecycle, part } = setup();
    const leave = async () => {
      await using _ = lifecycle;
      await part('redis');
      await part('worker', () => Promise.reject(new Error('lost')));
    };
    const error: unknown = await leave().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StopError);
    expect(error).toMatchObject({
      message: 'Did not stop cleanly: worker',
      report: await lifecycle.stop(),
    });
  });
});

describe('starting', () => {
  test('leaves nothing to close for a part that could not be opened', async () => {
    const { lifecycle, part, events } = setup();
    const failing = async () => {
      await using _ = lifecycle;
      await part('redis');
      await lifecycle.start(
        'listener',
        () => Promise.reject(new Error('taken')),
        () => events.push('close listener'),
      );
    };
    await expect(failing()).rejects.toThrow('taken');
    expect(events).toContain('close redis');
    expect(events).not.toContain('close listener');
  });

  test('is given up when the stop comes, and the part is closed once it is open', async () => {
    const { lifecycle, part, events, stopping } = setup();
    const opening = Promise.withResolvers<string>();
    await part('redis');
    const starting = lifecycle.start(
      'provider',
      () => opening.promise,
      (opened) => events.push(`close ${opened}`),
    );
    const reason = new Error('stop');
    stopping.abort(reason);
    await expect(starting).rejects.toBe(reason);
    await expect(part('worker')).rejects.toBe(reason);

    const stopped = lifecycle.stop();
    opening.resolve('provider');
    expect((await stopped).steps.map(({ name }) => name)).toEqual(['provider', 'redis']);
    expect(events).not.toContain('open worker');
    expect(events).toContain('close provider');
  });

  test('may fail while everything is being stopped, which leaves the other parts to be closed', async () => {
    const { lifecycle, part, events } = setup();
    const opening = Promise.withResolvers<string>();
    const closing = Promise.withResolvers<void>();
    await part('redis');
    const starting = lifecycle.start(
      'provider',
      () => opening.promise,
      () => events.push('close provider'),
    );
    await part('worker', () => closing.promise);
    const stopped = lifecycle.stop();
    opening.reject(new Error('refused'));
    await expect(starting).rejects.toThrow('refused');
    closing.resolve();
    expect((await stopped).steps.map(({ name }) => name)).toEqual(['worker', 'redis']);
    expect(events).not.toContain('close provider');
  });

  test('that fails after it was given up is no failed stop', async () => {
    const { lifecycle, stopping } = setup();
    const opening = Promise.withResolvers<string>();
    const starting = lifecycle.start(
      'provider',
      () => opening.promise,
      () => {},
    );
    stopping.abort(new Error('stop'));
    await expect(starting).rejects.toThrow('stop');
    opening.reject(new Error('refused'));
    expect((await lifecycle.stop()).ok).toBe(true);
  });

  test('is a mistake after the stop has begun', async () => {
    const { lifecycle, part } = setup();
    await lifecycle.stop();
    await expect(part('redis')).rejects.toThrow('redis was started while everything is being stopped');
    expect(() => lifecycle.add('redis', () => {})).toThrow(
      'redis was added while everything is being stopped',
    );
  });
});
