import type { FoundHops } from '@carillon/hops';
import type { DeliveryState, Marks, StoredPlace } from '@carillon/queue';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';
import { hopText } from '../trace/hop-text.ts';
import { momentText } from '../trace/time.ts';

/** What is known of a pushkey under one app. */
export interface KnownOfApp {
  readonly app: string;
  readonly marks: Marks;
  readonly waiting: readonly StoredPlace[];
}

export interface KnownPushkey {
  readonly apps: readonly KnownOfApp[];
  /** The last that was traced. */
  readonly traced: FoundHops['ways'][number] | undefined;
  readonly notes: readonly string[];
}

/** The text for a terminal. */
export function pushkeyText({ apps, traced, notes }: KnownPushkey, now: number): string {
  const last = traced?.hops.at(-1);
  const lines = [
    ...apps.flatMap((one) => [plainText(one.app), ...factsOf(one, now).map((fact) => `  ${fact}`)]),
    ...(traced === undefined || last === undefined
      ? []
      : [
          `last traced ${momentText(last.at)}${last.app === undefined ? '' : ` under ${plainText(last.app)}`}: ${hopText(last, traced)}`,
          '  → its other pushes: carillon trace --pushkey PUSHKEY',
        ]),
  ];
  if (lines.length === 0) lines.push('Nothing is known of this pushkey');
  return `${[...lines, ...notes.map((note) => `  → ${note}`)].join('\n')}\n`;
}

function factsOf({ marks, waiting }: KnownOfApp, now: number): readonly string[] {
  const { rejection, isKnown, suspicion } = marks;
  const facts: string[] = [];
  if (rejection !== undefined) {
    facts.push(
      `dead since ${momentText(rejection.saidAt)}: registrations up to pushkey_ts ${rejection.pushkeyTs} (${new Date(rejection.pushkeyTs * 1_000).toISOString()}) are rejected, for ${timeText(rejection.endsInMs)} more`,
      '  → carillon pushkeys forget PUSHKEY takes that back; a younger registration does, too',
    );
  }
  if (suspicion.sentAt !== undefined)
    facts.push(
      `suspect since ${momentText(suspicion.sentAt)}, ${timeText(now - suspicion.sentAt)} ago: the fuse decides whether it is rejected`,
    );
  for (const doubt of suspicion.doubts) facts.push(`doubted: its provider answered ${plainText(doubt)}`);
  facts.push(
    isKnown
      ? 'known: its provider has accepted a push for it'
      : 'not known: its provider has accepted no push for it in the last 45 to 90 days',
  );
  const counts = Map.groupBy(waiting, ({ state }) => state);
  for (const [state, places] of counts) facts.push(`${stateTexts[state]}: ${places.length}`);
  return facts;
}

const stateTexts: Readonly<Record<DeliveryState, string>> = {
  waiting: 'pushes that wait',
  delayed: 'pushes that wait for a later try',
  in_flight: 'pushes that are being sent',
  dead_letter: 'dead letters',
};

/** The same for programs: one object. */
export function pushkeyJson({ apps, traced, notes }: KnownPushkey): string {
  const last = traced?.hops.at(-1);
  return `${JSON.stringify({
    version: 1,
    apps: apps.map(({ app, marks, waiting }) => ({
      app,
      dead: deadJson(marks),
      known: marks.isKnown,
      suspect_since: marks.suspicion.sentAt === undefined ? null : iso(marks.suspicion.sentAt),
      doubts: marks.suspicion.doubts,
      deliveries: waiting.map(deliveryJson),
    })),
    last:
      traced === undefined || last === undefined
        ? null
        : {
            at: iso(last.at),
            app: last.app ?? null,
            hop: last.kind,
            word: last.word ?? null,
            text: hopText(last, traced),
          },
    notes,
  })}\n`;
}

function deadJson({ rejection }: Marks) {
  if (rejection === undefined) return null;
  return {
    since: iso(rejection.saidAt),
    pushkey_ts: rejection.pushkeyTs,
    ends: iso(Date.now() + rejection.endsInMs),
  };
}

function deliveryJson({ state, delivery }: StoredPlace) {
  return {
    state,
    lane: delivery?.lane ?? null,
    accepted: delivery === undefined ? null : iso(delivery.acceptedAt),
    expires: delivery === undefined ? null : iso(delivery.expiresAt),
    tries: delivery?.tries ?? null,
  };
}

const iso = (at: number): string => new Date(at).toISOString();
