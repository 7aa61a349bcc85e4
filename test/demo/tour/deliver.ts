import { DemoError } from '../demo-error.ts';
import { write as writeTo, type Notified, type Person } from '../world/people.ts';
import { within } from '../waits.ts';
import type { Stage } from './stage.ts';

/** A machine that is busy with other things is slow; a message that takes longer is lost. */
const ringPatienceMs = 20_000;

/** Somebody writes, and the phone has to ring: shows it with the time it took. */
export async function deliver(stage: Stage, from: Person, to: Person, text: string): Promise<Notified> {
  const message = await write(stage, from, to, text);
  if (message.rejected.length > 0)
    throw new DemoError(`A pushkey of ${to.phone.name} was rejected while the app was installed`);
  const ms = await ringOf(stage, message);
  stage.tally.messages.push(message);
  stage.tally.ringMs.push(ms);
  stage.screen.event({ mark: 'good', who: route(from, to), text: `“${text}”`, end: `${Math.round(ms)} ms` });
  return message;
}

/** A message to somebody who has a pusher. */
export async function write(
  { homeserver, signal }: Stage,
  from: Person,
  to: Person,
  text: string,
): Promise<Notified> {
  const message = await within(writeTo(homeserver, from, to, text), {
    what: `An answer to the notify for ${to.phone.name}`,
    withinMs: ringPatienceMs,
    signal,
  });
  if (message === undefined) throw new DemoError(`${to.displayName} has no pusher`);
  return message;
}

/** Milliseconds from the POST to the first ring. */
export async function ringOf(
  { rings, signal }: Stage,
  { eventId, to, text, postedAt }: Notified,
): Promise<number> {
  const ring = await within(rings.first(eventId), {
    what: `The ring of ${to.phone.name} for “${text}”`,
    withinMs: ringPatienceMs,
    signal,
  });
  if (ring.token !== to.phone.token) throw new DemoError(`A message for ${to.phone.name} rang another phone`);
  if (!ring.text.includes(text))
    throw new DemoError(`${to.phone.name} shows “${ring.text}” instead of “${text}”`);
  return ring.at - postedAt;
}

export function route(from: Person, to: Person): string {
  return `${from.displayName} → ${to.phone.name}`;
}
