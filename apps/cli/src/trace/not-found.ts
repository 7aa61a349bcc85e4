import type { SampledPeriod, FoundHops } from '@carillon/hops';
import { momentText } from './time.ts';

/** Likely causes why there is no hop of an event, the surest first. */
export function whyNotFound(eventKey: string, found: FoundHops | undefined): readonly string[] {
  const notes: string[] = [];
  if (!eventKey.startsWith('$')) {
    notes.push(
      "event ids begin with $, and this does not: quote it in single quotes, '$…', or a shell takes it for a variable",
    );
  }
  if (found === undefined || found.since === undefined) {
    notes.push(
      'nothing was taken down on this Redis under this key_prefix: no ingress or worker has had anything to do, or trace.keep of theirs is 0s',
    );
    return notes;
  }
  notes.push(...found.sampledOut.map(sampledText), ...brokenNotes(found));
  notes.push(
    `hops reach back to ${momentText(found.since)} (trace.keep, trace.max_memory), and a new one is written within a second`,
  );
  if (found.sampledOut.length === 0) {
    notes.push(
      'if the event is younger, no homeserver has asked for a push: see the pusher and the push rules of the user, and carillon_http_requests_total',
    );
  }
  return notes;
}

/** What keeps the hops from being all, though something was found. */
export function brokenNotes({ otherKey, unreadable, complete }: FoundHops): readonly string[] {
  const notes: string[] = [];
  if (otherKey > 0)
    notes.push(
      `${countOf(otherKey)} written under another key, before it was changed: nobody can read them any more`,
    );
  if (unreadable > 0)
    notes.push(`${countOf(unreadable)} not readable: of another version of Carillon, or broken`);
  if (!complete) notes.push('the time was up before everything was looked at: there may be more');
  return notes;
}

export function sampledText({ kind, oneIn, from, until }: SampledPeriod): string {
  const what = kind === 'ordinary' ? 'deliveries that went well' : 'troubled deliveries';
  return `not kept: between ${momentText(from)} and ${momentText(until)} only 1 in ${oneIn} events of ${what} was taken down, and this one was not (trace.max_memory)`;
}

function countOf(chunks: number): string {
  return chunks === 1 ? '1 chunk of hops is' : `${chunks} chunks of hops are`;
}
