import {
  decideRetry,
  type Dead,
  type Delivery,
  type Later,
  type Outcome,
  type Provider,
} from '@carillon/core';
import type { Badges, ParkKind, Rejections, Reply, Settlement } from '@carillon/queue';
import type { AppBreaker } from './app-breaker.ts';
import type { AppFuse } from './app-fuse.ts';
import type { AppGate } from './app-gate.ts';
import type { RequeueReason, SettledResult, WorkerObserver } from './observer.ts';

/**
 * Turns one taken delivery into what becomes of it on the queue. The only place where an outcome turns into an
 * action:
 *
 *   delivered       finished
 *   dead            the registration is rejected, finished. Only suspected: held back for the fuse's verdict
 *   refused         finished
 *   later           delayed, or dropped when the next try would come too late. Much of it at a time, from a
 *                   provider that is in trouble for everyone, holds the app's queues
 *   misconfigured   back to the front; the app is parked. Delayed where it is one push service's trouble
 */
export interface DeliveryHandlerOptions {
  readonly app: string;
  readonly shards: number;
  readonly provider: Provider;
  readonly gate: AppGate;
  readonly breaker: AppBreaker;
  readonly fuse: AppFuse;
  /** How long a suspect waits for its verdict, milliseconds. */
  readonly fuseWindowMs: number;
  readonly rejections: Rejections;
  readonly badges: Badges;
  readonly observer: WorkerObserver;
  /** Tells whoever waits for the outcome what it is, and whether the pushkey is now rejected. */
  readonly reply: (replyTo: string, reply: Reply) => Promise<void>;
}

/** A delivery that waited longer may have a pushkey that was found dead, or a newer badge; looking costs a round trip. */
const secondLookAfterMs = 2_000;
/** After the window, until the ticks of the fuse have recorded the suspects that are due. */
const longestVerdictMs = 5_000;
/** How long a suspect stands aside while its app is parked, and no longer than the fuse's window. */
const longestAsideMs = 60_000;

export function createDeliveryHandler(
  options: DeliveryHandlerOptions,
): (delivery: Delivery) => Promise<Settlement> {
  const { app, shards, provider, gate, breaker, fuse, fuseWindowMs, rejections, badges, observer } = options;

  async function handle(delivery: Delivery): Promise<Settlement> {
    const now = Date.now();
    if (delivery.expiresAt <= now) return finish(delivery, 'expired');
    if (delivery.tries > 0 || now - delivery.acceptedAt > secondLookAfterMs) {
      const [rejected, superseded] = await Promise.all([
        rejections.isRejected(delivery, shards),
        badges.isSuperseded(delivery, shards),
      ]);
      if (rejected) return finish(delivery, 'rejected', { rejected: true });
      if (superseded) return finish(delivery, 'superseded');
    }
    const pass = gate.enter();
    if (pass === 'closed') return giveBack(delivery, 'parked');

    const startedAt = performance.now();
    const outcome = await provider.send(delivery);
    observer.sent(delivery, outcome, (performance.now() - startedAt) / 1_000);
    if (pass === 'probe') return settleProbe(delivery, outcome);
    const isTrouble = isProviderTrouble(outcome);
    if (gate.parkedFor() === undefined && breaker.note(isTrouble, Date.now()) && isTrouble) {
      await hold(outcome);
    }
    return settle(delivery, outcome);
  }

  async function hold({ reason, notBefore, cure = outageCure }: Later): Promise<void> {
    breaker.reset();
    await gate.park({ kind: 'outage', reason, cure }, notBefore);
  }

  async function settle(delivery: Delivery, outcome: Outcome): Promise<Settlement> {
    switch (outcome.kind) {
      case 'delivered':
        fuse.accepted(delivery);
        return finish(delivery, 'delivered', { outcome });
      case 'dead':
        if (!outcome.suspect) return bury(delivery, outcome);
        // Sent before the app was parked: it waits with the others until the cause is mended.
        if (isOurMistake(gate.parkedFor())) return giveBack(delivery, 'parked');
        fuse.suspect(delivery, outcome.since);
        observer.suspected(app, outcome.reason);
        return holdBack(delivery, outcome);
      case 'refused':
        return finish(delivery, 'refused', { outcome });
      case 'later':
        return retry(delivery, outcome, outcome);
      case 'misconfigured':
        // A push service that clients chose may be in trouble alone; it must not hold up the others (invariant 7).
        if (outcome.origin !== undefined)
          return retry(delivery, outcome, { backoff: 'outage', spendsAttempt: true });
        await gate.park({ kind: 'misconfigured', reason: outcome.reason, cure: outcome.cure });
        await fuse.voidSuspects();
        answer(delivery, { outcome }); // the last word for now: what is parked waits for the operator
        return giveBack(delivery, 'parked');
      default:
        return outcome satisfies never;
    }
  }

  /**
   * A suspect may be our own mistake, so its delivery is kept until the window is over. By then its registration is
   * rejected, and it ends unsent; or the suspicion was cleared or void, and it is sent once more. Where nothing tells
   * the one from the other (no accepted sends in a window), the waits grow.
   */
  function holdBack(delivery: Delivery, outcome: Dead): Settlement {
    const tries = delivery.tries + 1;
    const until = Date.now() + fuseWindowMs * tries + Math.min(longestVerdictMs, fuseWindowMs);
    if (until >= delivery.expiresAt) return finish(delivery, 'dead', { outcome });
    answer(delivery, { outcome }); // the last word for now
    observer.requeued(delivery, 'suspect', until);
    return { kind: 'delay', until, delivery: { ...delivery, tries } };
  }

  function retry(
    delivery: Delivery,
    outcome: Outcome,
    { backoff, notBefore, spendsAttempt }: Pick<Later, 'backoff' | 'notBefore' | 'spendsAttempt'>,
  ): Settlement {
    const tries = delivery.tries + (spendsAttempt ? 1 : 0);
    const decision = decideRetry({
      backoff,
      ...(notBefore !== undefined && { notBefore }),
      tries: Math.max(1, tries),
      now: Date.now(),
      expiresAt: delivery.expiresAt,
      random: Math.random(),
    });
    if (decision.kind === 'expired') return finish(delivery, 'expired', { outcome });
    observer.requeued(delivery, 'later', decision.at);
    answer(delivery, { outcome, final: false });
    return { kind: 'delay', until: decision.at, delivery: { ...delivery, tries } };
  }

  async function settleProbe(delivery: Delivery, outcome: Outcome): Promise<Settlement> {
    const parkedFor = gate.parkedFor();
    const isSuspect = outcome.kind === 'dead' && outcome.suspect;
    if (!tellsOfApp(outcome)) {
      await gate.probeUnused(); // it says nothing of the app
      return isSuspect && isOurMistake(parkedFor) ? standAside(delivery, outcome) : settle(delivery, outcome);
    }
    if (outcome.kind === 'misconfigured') {
      await gate.probeFailed();
      if (parkedFor === 'outage') return settle(delivery, outcome); // it is answering again, and says more
      answer(delivery, { outcome });
      return giveBack(delivery, 'parked');
    }
    if (isSuspect && parkedFor === 'fuse') {
      await gate.probeFailed();
      return standAside(delivery, outcome);
    }
    // One device's own delay is an answer of a provider that is well; of our credentials it says nothing.
    if (outcome.kind === 'later' && (parkedFor !== 'outage' || outcome.scope === 'provider')) {
      await gate.probeFailed(outcome.scope === 'provider' ? outcome.notBefore : undefined);
      return settle(delivery, outcome);
    }
    await gate.probePassed();
    return settle(delivery, outcome);
  }

  /** Back to the front, a suspect would be the next probe again, and no other device would get its turn. */
  function standAside(delivery: Delivery, outcome: Outcome): Settlement {
    answer(delivery, { outcome, final: false });
    const until = Date.now() + Math.min(longestAsideMs, fuseWindowMs);
    observer.requeued(delivery, 'parked', until);
    return { kind: 'delay', until, delivery };
  }

  /** Records the death before the delivery leaves the queue: a crash in between asks the provider again. */
  async function bury(delivery: Delivery, outcome: Dead): Promise<Settlement> {
    const { reason, since } = outcome;
    const { pushkeyTs } = delivery.device;
    const registeredAfterDeath = since !== undefined && pushkeyTs !== undefined && pushkeyTs * 1_000 > since;
    if (registeredAfterDeath) return finish(delivery, 'dead', { outcome });
    await rejections.record(delivery, shards, since);
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

function isProviderTrouble(outcome: Outcome): outcome is Later {
  return outcome.kind === 'later' && outcome.scope === 'provider';
}

/** Whether it is us that the app waits for, so that what is answered meanwhile may be our own doing. */
function isOurMistake(parkedFor: ParkKind | undefined): boolean {
  return parkedFor === 'misconfigured' || parkedFor === 'fuse';
}

/**
 * Whether a probe with this end has passed or failed. What never left us, because of its message or because we stop,
 * proves nothing; nor does one push service among many.
 */
function tellsOfApp(outcome: Outcome): boolean {
  if (outcome.kind === 'misconfigured') return outcome.origin === undefined;
  return outcome.sent || isProviderTrouble(outcome);
}
