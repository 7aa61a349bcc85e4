import {
  decideRetry,
  registrationKey,
  type Dead,
  type Delivery,
  type Later,
  type Misconfigured,
  type Outcome,
  type Provider,
} from '@carillon/core';
import type { Badges, ParkKind, Rejections, Reply, Settlement } from '@carillon/queue';
import type { AppBreaker } from '../health/app-breaker.ts';
import type { AppFuse } from '../health/app-fuse.ts';
import type { AppGate } from '../health/app-gate.ts';
import { isProviderTrouble, judgeProbe, type ProbeVerdict } from '../health/judge-probe.ts';
import type { KnownHere } from '../health/known-here.ts';
import type { RequeueReason, SettledResult, WorkerObserver } from './observer.ts';

/**
 * Turns one taken delivery into what becomes of it on the queue. The only place where an outcome turns into an
 * action:
 *
 *   delivered       finished
 *   dead            the registration is rejected, finished. Only suspected: kept waiting for the fuse's verdict
 *   refused         finished
 *   later           delayed, or dropped when the next try would come too late. Much of it at a time, from a
 *                   provider that is in trouble for everyone, holds the app's queues
 *   misconfigured   delayed. The app is parked, at once or, where one registration may be at fault, when several
 *                   were answered the same; not for one push service's trouble
 *
 * What was answered never goes back to the front of its queue, where it would be every probe (invariant 15).
 */
export interface DeliveryHandlerOptions {
  readonly app: string;
  /** Whether everything but the send is to be done. */
  readonly isDryRun: () => boolean;
  readonly provider: Provider;
  readonly gate: AppGate;
  readonly breaker: AppBreaker;
  readonly fuse: AppFuse;
  readonly knownHere: KnownHere;
  /** How long a suspect waits for its verdict, milliseconds. */
  readonly fuseWindowMs: number;
  readonly rejections: Rejections;
  readonly badges: Badges;
  readonly observer: WorkerObserver;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tells the request that waits for the outcome what it is, and whether the pushkey is now rejected. */
  readonly reply: (replyTo: string, reply: Reply) => Promise<void>;
}

/** A delivery that waited longer may have a pushkey that was found dead, or a newer badge; looking costs a round trip. */
const secondLookAfterMs = 2_000;
/** After the window, until the ticks of the fuse have recorded the suspects that are due. */
const longestVerdictMs = 5_000;
/** How long what was answered stands aside while its app is parked, and no longer than the fuse's window. */
const longestAsideMs = 10_000;

export function createDeliveryHandler(
  options: DeliveryHandlerOptions,
): (delivery: Delivery) => Promise<Settlement> {
  const { app, provider, gate, breaker, fuse, knownHere, fuseWindowMs } = options;
  const { rejections, badges, observer, now } = options;

  async function handle(delivery: Delivery): Promise<Settlement> {
    const takenAt = now();
    if (delivery.expiresAt <= takenAt) return finish(delivery, 'expired');
    if (delivery.tries > 0 || takenAt - delivery.acceptedAt > secondLookAfterMs) {
      const [rejected, superseded] = await Promise.all([
        rejections.isRejected(delivery),
        badges.isSuperseded(delivery),
      ]);
      if (rejected) return finish(delivery, 'rejected', { rejected: true });
      if (superseded) return finish(delivery, 'superseded');
    }
    if (options.isDryRun()) return finish(delivery, 'dry_run');
    if (gate.parkedFor() !== undefined) return probe(delivery);

    const { outcome, sentAt } = await send(delivery);
    if (gate.parkedFor() === undefined && (await isTroubleForAll(delivery, outcome))) await hold(outcome);
    return settle(delivery, outcome, sentAt);
  }

  async function send(delivery: Delivery) {
    const sentAt = now();
    const startedAt = performance.now();
    const outcome = await provider.send(delivery);
    observer.sent(delivery, outcome, (performance.now() - startedAt) / 1_000);
    return { outcome, sentAt };
  }

  /** Whether an answer of the registration says something of the app: it is known, or the app knows none yet. */
  async function counts(delivery: Delivery): Promise<boolean> {
    return !fuse.knowsAnyone() || (await knownHere.isKnown(delivery));
  }

  async function isTroubleForAll(delivery: Delivery, outcome: Outcome): Promise<boolean> {
    if (outcome.aside === true) return false;
    const isTrouble = isProviderTrouble(outcome);
    if (isTrouble && !(await counts(delivery))) return false;
    return breaker.note(isTrouble, now()) && isTrouble;
  }

  async function hold(outcome: Outcome): Promise<void> {
    const { reason, notBefore, cure = outageCure } = outcome as Later; // only such an answer is trouble for all
    breaker.reset();
    await gate.park({ kind: 'outage', reason, cure }, notBefore);
  }

  async function settle(delivery: Delivery, outcome: Outcome, sentAt: number): Promise<Settlement> {
    switch (outcome.kind) {
      case 'delivered':
        fuse.accepted(delivery, sentAt, outcome);
        knownHere.accepted(delivery);
        return finish(delivery, 'delivered', { outcome });
      case 'dead':
        return outcome.suspect !== false ? suspect(delivery, outcome, sentAt) : reject(delivery, outcome);
      case 'refused':
        return finish(delivery, 'refused', { outcome });
      case 'later':
        return outcome.deadAfterMs === undefined
          ? retry(delivery, outcome, outcome)
          : unheard(delivery, outcome, outcome.deadAfterMs);
      case 'misconfigured':
        // A push service that clients chose may be in trouble alone; it must not hold up the others (invariant 7).
        if (!mayBlameApp(outcome)) return retry(delivery, outcome, { backoff: 'outage', spendsTry: true });
        return blameApp(delivery, outcome, sentAt);
      default:
        return outcome satisfies never;
    }
  }

  /** Nobody listens, which may pass; what lasts is a death. */
  function unheard(
    delivery: Delivery,
    outcome: Later,
    deadAfterMs: number,
  ): Settlement | Promise<Settlement> {
    const { reason, sent } = outcome;
    const { unheardSince = now() } = delivery;
    return now() - unheardSince >= deadAfterMs
      ? reject(delivery, { kind: 'dead', reason, sent, suspect: false })
      : retry(delivery, outcome, outcome, { unheardSince });
  }

  async function suspect(delivery: Delivery, outcome: Dead, sentAt: number): Promise<Settlement> {
    const { reason, since, sent, cure } = outcome;
    // Sent before the app was parked: it waits with the others until the cause is mended.
    if (isOurMistake(gate.parkedFor())) return standAside(delivery, { outcome });
    const known = await knownHere.isKnown(delivery);
    // A wave of strangers: what waits for the fuse would fill the queue.
    if (!known && fuse.isCrowded()) return finish(delivery, 'dead', { outcome });
    const origin = outcome.suspect === 'origin' ? outcome.origin : undefined;
    fuse.suspect(delivery, { reason, since, cure, sent, sentAt, known, origin });
    observer.suspected(app, reason);
    return keepWaiting(delivery, outcome);
  }

  /** An answer that every send of the app would get, or that this registration alone brings. */
  async function blameApp(delivery: Delivery, outcome: Misconfigured, sentAt: number): Promise<Settlement> {
    const { reason, cure } = outcome;
    if (outcome.speaksFor === 'registration' && !isOurMistake(gate.parkedFor())) {
      fuse.doubt(delivery, outcome, { sentAt, known: await knownHere.isKnown(delivery) });
      return retry(delivery, outcome, { backoff: 'outage', spendsTry: true });
    }
    await gate.park({ kind: 'misconfigured', reason, cure });
    await fuse.voidSuspects();
    return standAside(delivery, { outcome });
  }

  /**
   * A suspect may be our own mistake, so its delivery is kept until the window is over. By then its registration is
   * rejected, and it ends unsent; or the suspicion was cleared or void, and it is sent once more. Where nothing tells
   * the one from the other (no accepted sends in a window), the waits grow.
   */
  function keepWaiting(delivery: Delivery, outcome: Dead): Settlement {
    const tries = delivery.tries + 1;
    const until = now() + fuseWindowMs * tries + Math.min(longestVerdictMs, fuseWindowMs);
    if (until >= delivery.expiresAt) return finish(delivery, 'dead', { outcome });
    answer(delivery, { outcome }); // the last word for now
    observer.requeued(delivery, 'suspect', until);
    return { kind: 'delay', until, delivery: { ...delivery, tries } };
  }

  function retry(
    delivery: Delivery,
    outcome: Outcome,
    { backoff, notBefore, spendsTry }: Pick<Later, 'backoff' | 'notBefore' | 'spendsTry'>,
    noted: Pick<Delivery, 'unheardSince'> = {},
  ): Settlement {
    const { unheardSince: _unheardSince, ...rest } = delivery;
    const tries = delivery.tries + (spendsTry ? 1 : 0);
    const decision = decideRetry({
      backoff,
      ...(notBefore !== undefined && { notBefore }),
      tries: Math.max(1, tries),
      now: now(),
      expiresAt: delivery.expiresAt,
      random: Math.random(),
    });
    if (decision.kind === 'expired') return finish(delivery, 'expired', { outcome });
    observer.requeued(delivery, 'later', decision.at);
    answer(delivery, { outcome, final: false });
    return { kind: 'delay', until: decision.at, delivery: { ...rest, ...noted, tries }, why: outcome.reason };
  }

  async function probe(delivery: Delivery): Promise<Settlement> {
    const candidate = { registration: registrationKey(delivery.device), counts: await counts(delivery) };
    const pass = await gate.probe(candidate);
    if (pass === 'closed') return giveBack(delivery, 'parked');
    if (pass === 'aside') return standAside(delivery);
    const { outcome, sentAt } = await send(delivery);
    const parkedFor = gate.parkedFor();
    const verdict = judgeProbe(outcome, parkedFor, candidate.counts);
    // If Redis does not hear of it, another probe will tell; this one was sent, and must not ring twice.
    await report(verdict, outcome).catch((error: unknown) => observer.trouble(error));
    const isAnother = outcome.kind === 'misconfigured' && mayBlameApp(outcome);
    return isAnother && isOurMistake(parkedFor)
      ? standAside(delivery, { outcome })
      : settle(delivery, outcome, sentAt);
  }

  function report(verdict: ProbeVerdict, outcome: Outcome): Promise<void> {
    switch (verdict) {
      case 'passed':
        return gate.probePassed();
      case 'failed':
        return gate.probeFailed(isProviderTrouble(outcome) ? outcome.notBefore : undefined);
      case 'stranger_failed':
        return gate.strangerFailed();
      case 'unused':
        return gate.probeUnused();
      default:
        return verdict satisfies never;
    }
  }

  /** While the app is parked: another registration is the next probe. `told`: where it was one itself. */
  function standAside(delivery: Delivery, told?: Told): Settlement {
    if (told !== undefined) answer(delivery, { ...told, final: told.outcome?.kind === 'misconfigured' });
    const until = now() + Math.min(longestAsideMs, fuseWindowMs);
    observer.requeued(delivery, 'parked', until);
    return { kind: 'delay', until, delivery };
  }

  /** Records the death before the delivery leaves the queue: a crash in between asks the provider again. */
  async function reject(delivery: Delivery, outcome: Dead): Promise<Settlement> {
    const { reason, since } = outcome;
    const { pushkeyTs } = delivery.device;
    const registeredAfterDeath = since !== undefined && pushkeyTs !== undefined && pushkeyTs * 1_000 > since;
    if (registeredAfterDeath) return finish(delivery, 'dead', { outcome });
    await rejections.record(delivery, since);
    observer.rejectionRecorded(app, reason);
    return finish(delivery, 'dead', { outcome, rejected: true });
  }

  function finish(delivery: Delivery, result: SettledResult, told: Told = {}): Settlement {
    observer.settled(delivery, result);
    answer(delivery, told);
    return { kind: 'finish' };
  }

  function giveBack(delivery: Delivery, reason: RequeueReason): Settlement {
    observer.requeued(delivery, reason);
    return { kind: 'return' };
  }

  /** Somebody may be waiting; if the word is lost, they answer without it. */
  function answer({ replyTo }: Delivery, { outcome, rejected = false, final = true }: Told): void {
    if (replyTo === undefined) return;
    const reply: Reply = { rejected, final, ...(outcome !== undefined && { outcome: wordOf(outcome) }) };
    options.reply(replyTo, reply).catch(() => undefined);
  }

  return handle;
}

interface Told {
  readonly outcome?: Outcome;
  /** Default: false. */
  readonly rejected?: boolean;
  /** Default: true. */
  readonly final?: boolean;
}

function wordOf(outcome: Outcome): NonNullable<Reply['outcome']> {
  const { kind, reason } = outcome;
  return outcome.kind === 'misconfigured' ? { kind, reason, cure: outcome.cure } : { kind, reason };
}

/** Where the answer alone does not tell whether it is the provider or the way to it. */
const outageCure =
  "See the provider's status page; if all is well there, `carillon check` finds what is wrong on the way to it. The deliveries go out by themselves when it is over.";

/** Neither one push service among many, nor the app's second transport does. */
function mayBlameApp({ origin, aside }: Misconfigured): boolean {
  return origin === undefined && aside !== true;
}

/** Whether it is us that the app waits for, so that what is answered meanwhile may be our own doing. */
function isOurMistake(parkedFor: ParkKind | undefined): boolean {
  return parkedFor === 'misconfigured' || parkedFor === 'fuse';
}
