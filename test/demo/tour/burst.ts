import { DemoError } from '../demo-error.ts';
import type { Notified, Person } from '../world/people.ts';
import { write } from './deliver.ts';
import type { Stage } from './stage.ts';

/** Messages one after another to both phones, as fast as their pushers take them. */
export interface Burst {
  /** Those answered 200 so far. */
  readonly answered: readonly Notified[];
  /** No more than the least number, which may have been reached by now. */
  enough(): void;
  /** Resolves when the last one is answered. */
  readonly ended: Promise<void>;
}

/** For each phone. */
const least = 150;
/** Unless somebody says `enough`. */
const most = 5_000;

export function startBurst(stage: Stage): Burst {
  const { alice, bob } = stage;
  const answered: Notified[] = [];
  let wanted = most;

  async function flood(from: Person, to: Person): Promise<void> {
    for (let number = 1; number <= wanted; number += 1) {
      const message = await write(stage, from, to, `Message ${number}`);
      if (message.rejected.length > 0)
        throw new DemoError(`A pushkey of ${to.phone.name} was rejected in the burst`);
      answered.push(message);
    }
  }

  const ended = Promise.all([flood(alice, bob), flood(bob, alice)]).then(() => undefined);
  ended.catch(() => undefined); // the one that waits for it is told
  return {
    answered,
    enough() {
      wanted = least;
    },
    ended,
  };
}

export const burstSize = 2 * least;
