import type { Hop, HopKind, Way } from '@carillon/hops';

/** How far a delivery has come. */
export type Verdict =
  | 'delivered'
  /** It ended otherwise; its last hop says how. */
  | 'ended'
  /** It has not ended, as far as is known. */
  | 'waiting'
  /** Only repetitions of it were kept. */
  | 'unknown';

const verdicts: Readonly<Record<HopKind, Verdict>> = {
  queued: 'waiting',
  duplicate: 'unknown',
  known_dead: 'ended',
  unknown_app: 'ended',
  ignored: 'ended',
  ambiguous_app: 'ended',
  unusable: 'ended',
  unconfirmed: 'ended',
  shed: 'ended',
  backlog_full: 'ended',
  delivered: 'delivered',
  dead: 'ended',
  suspect: 'ended',
  refused: 'ended',
  later: 'waiting',
  misconfigured: 'waiting',
  accepted: 'waiting',
  delayed: 'waiting',
  parked: 'waiting',
  awaits_fuse: 'waiting',
  given_back: 'waiting',
  recovered: 'waiting',
  expired: 'ended',
  found_dead: 'ended',
  superseded: 'ended',
  dead_letter: 'ended',
  dry_run: 'ended',
};

/** Said of a request that came again, or came to nothing: they do not change what became of the delivery. */
const besides: ReadonlySet<HopKind> = new Set<HopKind>(['duplicate', 'unconfirmed', 'backlog_full']);

export function verdictOf({ hops }: Way): { readonly verdict: Verdict; readonly hop: Hop | undefined } {
  const hop = hops.findLast(({ kind }) => !besides.has(kind)) ?? hops.at(-1);
  return { verdict: hop === undefined ? 'unknown' : verdicts[hop.kind], hop };
}
