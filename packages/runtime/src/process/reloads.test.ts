import { expect, test, vi } from 'vitest';
import { createReloads } from './reloads.ts';

function setup() {
  const failures: unknown[] = [];
  const reloads = createReloads({ failed: (error) => failures.push(error) });
  const done: PromiseWithResolvers<void>[] = [];
  const reload = vi.fn<() => Promise<void>>(() => {
    const next = Promise.withResolvers<void>();
    done.push(next);
    return next.promise;
  });
  return { reloads, reload, done, failures };
}

test('serves a request that came during the start, after it', () => {
  const { reloads, reload } = setup();
  reloads.request();
  reloads.request();
  reloads.serve(reload);
  expect(reload).toHaveBeenCalledTimes(1);
});

test('serves requests that come during a reload by one more after it', async () => {
  const { reloads, reload, done } = setup();
  reloads.serve(reload);
  expect(reload).not.toHaveBeenCalled();
  for (let i = 0; i < 3; i++) reloads.request();
  expect(reload).toHaveBeenCalledTimes(1);
  done[0]?.resolve();
  await expect.poll(() => reload).toHaveBeenCalledTimes(2);
  done[1]?.resolve();
  await reloads.end();
  expect(reload).toHaveBeenCalledTimes(2);
});

test('goes on after a reload that failed', async () => {
  const { reloads, reload, done, failures } = setup();
  reloads.serve(reload);
  reloads.request();
  reloads.request();
  done[0]?.reject(new Error('a mistake'));
  await expect.poll(() => reload).toHaveBeenCalledTimes(2);
  expect(failures).toMatchObject([{ message: 'a mistake' }]);
});

test('ends with the reload under way, and serves none that is asked for later', async () => {
  const { reloads, reload, done } = setup();
  reloads.serve(reload);
  reloads.request();
  let ended = false;
  const end = reloads.end().then(() => (ended = true));
  reloads.request();
  expect(ended).toBe(false);
  done[0]?.resolve();
  await end;
  expect(reload).toHaveBeenCalledTimes(1);
});
