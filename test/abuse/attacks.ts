import type { Attack } from './attack.ts';
import { bigBodies } from './attacks/big-bodies.ts';
import { deadTokens } from './attacks/dead-tokens.ts';
import { echoingServer } from './attacks/echoing-server.ts';
import { farTimestamps } from './attacks/far-timestamps.ts';
import { fiftyFold } from './attacks/fifty-fold.ts';
import { fullBacklog } from './attacks/full-backlog.ts';
import { longAppIds } from './attacks/long-app-ids.ts';
import { madeUpPushkeys } from './attacks/made-up-pushkeys.ts';
import { manyCopies } from './attacks/many-copies.ts';
import { oneAfterAnother } from './attacks/one-after-another.ts';
import { onePhonesFault } from './attacks/one-phones-fault.ts';
import { randomHosts } from './attacks/random-hosts.ts';
import { samePhone } from './attacks/same-phone.ts';
import { serverInMaintenance } from './attacks/server-in-maintenance.ts';
import { slowBodies } from './attacks/slow-bodies.ts';
import { slowHeads } from './attacks/slow-heads.ts';
import { slowStrangers } from './attacks/slow-strangers.ts';
import { someoneElsesKey } from './attacks/someone-elses-key.ts';
import { throttlingServer } from './attacks/throttling-server.ts';

/** In the order of docs/abuse.md. */
export const attacks: readonly Attack[] = [
  onePhonesFault,
  madeUpPushkeys,
  fiftyFold,
  slowStrangers,
  fullBacklog,
  deadTokens,
  manyCopies,
  bigBodies,
  slowBodies,
  slowHeads,
  oneAfterAnother,
  longAppIds,
  samePhone,
  farTimestamps,
  someoneElsesKey,
  randomHosts,
  throttlingServer,
  serverInMaintenance,
  echoingServer,
];
