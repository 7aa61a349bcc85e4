import type { Hop, HopKind, Way } from '@carillon/hops';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';
import { clockText } from './time.ts';

type Describe = (hop: Hop, way: Way) => string;

const answer = (hop: Hop, meaning?: string): string => {
  const parts = [hop.word ?? 'no word was kept'];
  if (hop.durationMs !== undefined) parts.push(`after ${hop.durationMs} ms`);
  if (hop.providerId !== undefined) parts.push(`its id ${hop.providerId}`);
  return [parts.join(', '), ...(meaning === undefined ? [] : [meaning])].join('. ');
};

/** A line for each kind of hop; the provider's words are as they were. */
const texts: Readonly<Record<HopKind, Describe>> = {
  queued: () => 'accepted and queued',
  duplicate: duplicateText,
  known_dead: () => 'rejected at the door: its provider said before that this pushkey is dead',
  unknown_app: ({ word }) => `rejected at the door: no app of the configuration has the app_id ${word}`,
  ignored: ({ word }) =>
    `dropped at the door: no app of the configuration has the app_id ${word} (ingress.unknown_app: ignore)`,
  ambiguous_app: ({ word }) =>
    `rejected at the door: more than one glob under \`apps\` matches the app_id ${word}`,
  unusable: ({ word }) => `rejected at the door: this registration can never be sent to (${word})`,
  unconfirmed: () => 'not confirmed by Redis: the homeserver was answered 503, to try again',
  shed: () =>
    'dropped: of low priority, and more waited for its app than max_backlog or max_backlog_memory allows; or more waited for its pushkey than max_rings allows in five minutes',
  backlog_full: () =>
    'not taken: more waited for its app than max_backlog or max_backlog_memory allows; answered 503, to try again',
  delivered: (hop) => `delivered: ${answer(hop)}`,
  dead: (hop) => `dead: ${answer(hop, 'The pushkey is rejected until it is registered anew')}`,
  suspect: (hop) =>
    `dead, perhaps: ${answer(hop, 'Not rejected yet: it may be a wrong topic, key or platform')}`,
  refused: (hop) =>
    `refused: ${answer(hop, 'The pushkey is fine; this message is not taken (docs/outcomes.md has the word)')}`,
  later: (hop) => `later: ${answer(hop)}`,
  misconfigured: (hop) => `misconfigured: ${answer(hop, hop.cure)}`,
  accepted: () => 'accepted and queued',
  delayed: ({ until }) => `waits for its next try${untilText(until)}`,
  parked: ({ until }) => `given back: its app is parked or held${untilText(until)}`,
  awaits_fuse: ({ until }) => `waits for the fuse to judge its pushkey${untilText(until)}`,
  given_back: () => 'given back by a worker that was stopped',
  recovered: ({ word }) =>
    `recovered: the worker that had it vanished${word === '1' ? '' : ` (${word} times)`}`,
  expired: () => 'expired: it is too old, or would be at its next try, and is not sent any more',
  found_dead: () => 'not sent: its pushkey was found dead while it waited',
  superseded: () => 'not sent: overtaken by a newer badge update',
  dry_run: () => 'not sent: its app is in dry run (`mode: dry_run`), all else was done',
  dead_letter: ({ word }) => `put among the dead letters: ${word}`,
};

/** What happened, as one plain line. */
export function hopText(hop: Hop, way: Way): string {
  return plainText(texts[hop.kind](hop, way), 400);
}

function duplicateText({ at }: Hop, { hops }: Way): string {
  const first = hops.find(({ kind }) => kind === 'queued' || kind === 'accepted');
  return first === undefined
    ? 'came again: a duplicate of one that was queued earlier than is kept'
    : `came again: a duplicate of the one queued ${timeText(at - first.at)} before`;
}

function untilText(until: number | undefined): string {
  return until === undefined ? '' : `, until ${clockText(until)}`;
}
