import type { Attack } from './attack.ts';
import { bigBodies } from './attacks/big-bodies.ts';
import { longAppIds } from './attacks/long-app-ids.ts';
import { madeUpPushkeys } from './attacks/made-up-pushkeys.ts';
import { manyCopies } from './attacks/many-copies.ts';
import { oneAfterAnother } from './attacks/one-after-another.ts';
import { onePhonesFault } from './attacks/one-phones-fault.ts';
import { slowBodies } from './attacks/slow-bodies.ts';
import { slowHeads } from './attacks/slow-heads.ts';
import { slowStrangers } from './attacks/slow-strangers.ts';

/** In the order of docs/abuse.md. */
export const attacks: readonly Attack[] = [
  onePhonesFault,
  madeUpPushkeys,
  slowStrangers,
  manyCopies,
  bigBodies,
  slowBodies,
  slowHeads,
  oneAfterAnother,
  longAppIds,
];
