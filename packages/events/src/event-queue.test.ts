import { expect, test } from 'vitest';
import { createEventQueue } from './event-queue.ts';

test('an event that comes as the last one was posted is posted without another', async () => {
  for (let steps = 0; steps < 10; steps++) {
    const both = Promise.withResolvers<void>();
    const posted: string[] = [];
    const queue = createEventQueue<string>({
      timing: { gatherMs: 0 },
      post: (batch) => {
        posted.push(...batch);
        return Promise.resolve({ kind: 'taken' });
      },
      observer: {
        posted: () => (posted.includes('second') ? both.resolve() : undefined),
        dropped: (_events, why) => both.reject(new Error(`dropped: ${why}`)),
        trouble: (error) => both.reject(error),
        well: () => void (posted.includes('second') ? undefined : addAfter(steps)),
      },
    });
    const addAfter = async (microtasks: number): Promise<void> => {
      for (let step = 0; step < microtasks; step++) await Promise.resolve();
      queue.add('second');
    };
    queue.add('first');
    await both.promise;
    expect(posted).toEqual(['first', 'second']);
    await queue.close();
  }
});
