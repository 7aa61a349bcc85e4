import type { Attack } from '../attack.ts';
import { bigBodies } from './big-bodies.ts';
import { manyCopies } from './many-copies.ts';
import { slowBodies } from './slow-bodies.ts';
import { slowHeads } from './slow-heads.ts';

const eachMs = 1_500;

/** What one leaves behind of the ingress' memory must not be the start of the next. */
export const oneAfterAnother: Attack = {
  name: 'one-after-another',
  does: 'sends large bodies, slow bodies, slow heads and many copies in turn',
  async run(site, signal) {
    while (!signal.aborted)
      for (const attack of [bigBodies, slowBodies, slowHeads, manyCopies])
        if (!signal.aborted) await attack.run(site, AbortSignal.any([signal, AbortSignal.timeout(eachMs)]));
  },
};
