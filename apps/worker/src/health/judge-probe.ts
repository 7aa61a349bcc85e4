import type { Later, Outcome } from '@carillon/core';
import type { ParkKind } from '@carillon/queue';

/** What the outcome of a probe says of its parked app. */
export type ProbeVerdict =
  | 'passed'
  | 'failed'
  /** It failed, which may be its registration's own fault and no other's (invariant 14). */
  | 'stranger_failed'
  /** Nothing. */
  | 'unused';

/** `counts`: whether the registration is known, or the app knows none. */
export function judgeProbe(outcome: Outcome, parkedFor: ParkKind | undefined, counts: boolean): ProbeVerdict {
  if (!tellsOfApp(outcome)) return 'unused';
  const failed = counts ? 'failed' : 'stranger_failed';
  if (outcome.kind === 'misconfigured') return outcome.speaksFor === 'app' ? 'failed' : failed;
  if (outcome.kind === 'dead' && outcome.suspect === true) {
    if (parkedFor === 'fuse') return failed;
    if (!counts) return 'unused';
  }
  // One device's own delay is an answer of a provider that is well; of our credentials it says nothing.
  if (outcome.kind === 'later' && (parkedFor !== 'outage' || outcome.scope === 'provider')) return failed;
  return 'passed';
}

export function isProviderTrouble(outcome: Outcome): outcome is Later {
  return outcome.kind === 'later' && outcome.scope === 'provider';
}

/**
 * Whether a probe with this end has passed or failed. What never left us, because of its message or because we stop,
 * proves nothing; nor does one push service among many, or a second transport of the app.
 */
function tellsOfApp(outcome: Outcome): boolean {
  if (outcome.aside === true) return false;
  if (outcome.kind === 'misconfigured') return outcome.origin === undefined;
  return outcome.sent || isProviderTrouble(outcome);
}
