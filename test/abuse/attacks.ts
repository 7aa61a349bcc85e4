import type { Attack } from './attack.ts';
import { bigBodies } from './attacks/big-bodies.ts';
import { longAppIds } from './attacks/long-app-ids.ts';
import { manyCopies } from './attacks/many-copies.ts';
import { slowBodies } from './attacks/slow-bodies.ts';
import { slowHeads } from './attacks/slow-heads.ts';

/** In the order of docs/abuse.md. */
export const attacks: readonly Attack[] = [manyCopies, bigBodies, slowBodies, slowHeads, longAppIds];
