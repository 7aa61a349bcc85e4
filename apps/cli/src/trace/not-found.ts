import { mostHops, type FoundHops, type SampledPeriod } from '@carillon/hops';
import type { Config } from '@carillon/runtime';
import { momentText } from './time.ts';
import type { Asked } from './asked.ts';

/** What has to be said of a search as a whole: why there is nothing, or what may be missing. */
export function notesOfSearch(
  asked: Asked,
  settings: Config['trace'],
  found: FoundHops | undefined,
): readonly string[] {
  const notes: string[] = [];
  if (settings.keepMs === 0) notes.push('no hops are kept: trace.keep of this configuration is 0s');
  const ways = found?.ways.length ?? 0;
  if (ways === 0 && (found?.devices ?? 0) > 0)
    notes.push('the event is known, but not for this pushkey: ask without it for all of its devices');
  else if (ways === 0) notes.push(...whyNotFound(asked, found));
  else if (found !== undefined) {
    if (asked.eventKey === undefined) notes.push(...found.sampledOut.map(shareText));
    notes.push(...brokenNotes(found));
  }
  if (found !== undefined && found.notIndexed > 0)
    notes.push(
      `${countOf(found.notIndexed)} without the index: an ingress or worker of that time did not have it in trace.index`,
    );
  return notes;
}

/** Likely causes why there is no hop, the surest first. */
function whyNotFound({ eventKey, until }: Asked, found: FoundHops | undefined): readonly string[] {
  const notes: string[] = [];
  if (eventKey !== undefined && !eventKey.startsWith('$')) {
    notes.push(
      "event ids begin with $, and this does not: quote it in single quotes, '$…', or a shell takes it for a variable",
    );
  }
  if (found === undefined || (found.since === undefined && until === undefined)) {
    notes.push(
      'nothing was taken down on this Redis under this key_prefix: no ingress or worker has had anything to do, or trace.keep of theirs is 0s',
    );
    return notes;
  }
  notes.push(
    ...found.sampledOut.map(eventKey === undefined ? shareText : sampledText),
    ...brokenNotes(found),
    found.since === undefined
      ? 'nothing was taken down in that time, or it is no longer kept (trace.keep, trace.max_memory)'
      : `hops reach back to ${momentText(found.since)} (trace.keep, trace.max_memory), and a new one is written within a second`,
  );
  if (found.sampledOut.length === 0 && found.since !== undefined) {
    notes.push(
      'if it is younger, no homeserver has asked for a push: see the pusher and the push rules of the user, and carillon_http_requests_total',
    );
  }
  return notes;
}

/** What keeps the hops from being all, though something was found. */
function brokenNotes({ otherKey, unreadable, complete, tooMany }: FoundHops): readonly string[] {
  const notes: string[] = [];
  if (otherKey > 0)
    notes.push(
      `${countOf(otherKey)} written under another key, before it was changed: nobody can read them any more`,
    );
  if (unreadable > 0)
    notes.push(`${countOf(unreadable)} not readable: of another version of Carillon, or broken`);
  if (!complete) notes.push('the time was up before everything was looked at: there may be more');
  if (tooMany)
    notes.push(
      `only about the latest ${mostHops} are told, of what went well and of troubles each: --since and --until narrow it down`,
    );
  return notes;
}

export function sampledText(period: SampledPeriod): string {
  return `not kept: ${keptText(period)}, and this one was not (trace.max_memory)`;
}

/** For a search that no single event decides. */
function shareText(period: SampledPeriod): string {
  return `not all was kept: ${keptText(period)} (trace.max_memory), so there may have been more`;
}

function keptText({ kind, oneIn, from, until }: SampledPeriod): string {
  const what = kind === 'ordinary' ? 'deliveries that went well' : 'troubled deliveries';
  return `between ${momentText(from)} and ${momentText(until)} only 1 in ${oneIn} events of ${what} was taken down`;
}

function countOf(chunks: number): string {
  return chunks === 1 ? '1 chunk of hops is' : `${chunks} chunks of hops are`;
}
