import { DemoError } from '../demo-error.ts';
import type { Notified } from '../world/people.ts';
import type { RingLog } from '../world/ring-log.ts';

/** What became of messages in whose midst a worker died. */
export interface BurstVerdict {
  /** Rang first when another worker took them: the dead one had not sent them. */
  readonly late: readonly RungMessage[];
  /** Rang a second time, in the place of the first: the dead one had sent them, but could not say so any more. */
  readonly again: readonly RungMessage[];
  /** From the POST to the first ring, in milliseconds, of all but those in `late`. */
  readonly ringMs: readonly number[];
}

export interface RungMessage {
  readonly message: Notified;
  /** From the POST to the ring that the redelivery made. */
  readonly ms: number;
}

/** A lock lives for 7 s, so nothing comes back sooner; and nothing else takes so long. */
const redeliveredAfterMs = 3_000;

/** Throws a `DemoError` for a message that is lost, or that rang twice as two notifications. */
export function judgeBurst(messages: readonly Notified[], rings: RingLog, killedAt: number): BurstVerdict {
  const lost = messages.filter(({ eventId }) => rings.of(eventId).length === 0);
  if (lost.length > 0) throw new DemoError(`${lost.length} of ${messages.length} messages were lost`);

  const late: RungMessage[] = [];
  const again: RungMessage[] = [];
  const ringMs: number[] = [];
  for (const message of messages) {
    const [first, ...others] = rings.of(message.eventId);
    if (first === undefined) continue; // looked for above
    const ms = first.at - message.postedAt;
    if (first.at > killedAt && ms > redeliveredAfterMs) late.push({ message, ms });
    else ringMs.push(ms);
    const last = others.at(-1);
    if (last === undefined) continue;
    if (others.some(({ identity }) => identity !== first.identity))
      throw new DemoError(`“${message.text}” rang twice, as two notifications`);
    again.push({ message, ms: last.at - message.postedAt });
  }
  return { late, again, ringMs };
}
