import type { Hop, FoundHops } from '@carillon/hops';
import { hopText } from './hop-text.ts';
import { eventText, pushkeyText, type ToldWay } from './ways-text.ts';
import { verdictOf } from './verdict.ts';

/** The same for programs: one object, as docs/where-did-my-push-go.md tells it. Times are ISO 8601, in UTC. */
export function waysJson(
  ways: readonly ToldWay[],
  notes: readonly string[],
  found: FoundHops | undefined,
): string {
  return `${JSON.stringify({
    version: 1,
    found: ways.length > 0,
    since: found?.since === undefined ? null : iso(found.since),
    complete: found === undefined || (found.complete && !found.tooMany),
    sampled_out: (found?.sampledOut ?? []).map(({ kind, oneIn, from, until }) => ({
      deliveries: kind,
      one_in: oneIn,
      from: iso(from),
      until: iso(until),
    })),
    devices: ways.map(({ way, notes: wayNotes }) => {
      const app = way.hops.find((hop) => hop.app !== undefined)?.app;
      const lane = way.hops.find((hop) => hop.lane !== undefined)?.lane;
      return {
        verdict: verdictOf(way).verdict,
        app: app ?? null,
        lane: lane ?? null,
        event: eventText(way.event) ?? null,
        pushkey: pushkeyText(way.pushkey) ?? null,
        hops: way.hops.map((hop) => hopFields(hop, hopText(hop, way), way.hops[0]?.at ?? hop.at)),
        notes: wayNotes,
      };
    }),
    notes,
  })}\n`;
}

function hopFields(hop: Hop, text: string, firstAt: number) {
  return {
    at: iso(hop.at),
    ms: hop.at - firstAt,
    hop: hop.kind,
    ...(hop.word !== undefined && { word: hop.word }),
    ...(hop.cure !== undefined && { cure: hop.cure }),
    ...(hop.durationMs !== undefined && { duration_ms: hop.durationMs }),
    ...(hop.until !== undefined && { until: iso(hop.until) }),
    ...(hop.providerId !== undefined && { provider_id: hop.providerId }),
    text,
  };
}

const iso = (at: number): string => new Date(at).toISOString();
