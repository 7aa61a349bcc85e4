import type { Homeserver } from '../../fakes/homeserver/homeserver.ts';
import type { Person } from '../world/people.ts';
import type { Installation } from '../installation/installation.ts';
import type { RingLog } from '../world/ring-log.ts';
import type { Screen } from '../screen.ts';
import type { Tally } from './tally.ts';

/** What the steps of the tour play on. */
export interface Stage {
  readonly installation: Installation;
  readonly homeserver: Homeserver;
  /** Of the front door: where pushers point. */
  readonly notifyUrl: string;
  readonly rings: RingLog;
  readonly screen: Screen;
  readonly tally: Tally;
  readonly alice: Person;
  readonly bob: Person;
  /** Aborted when the demo is to end, for whatever reason. */
  readonly signal: AbortSignal;
}
