import { deadLetterId, type DeadLetter } from '@carillon/queue';
import type { Fingerprint } from '@carillon/runtime';
import { plainText } from '../terminal/plain-text.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { table } from '../terminal/table.ts';
import { timeText } from '../terminal/time-text.ts';

/** What may be told of a dead letter: no pushkey, no content, no room, no event (invariant 12). Times are ISO 8601. */
export interface LetterFacts {
  readonly id: string;
  readonly app: string;
  readonly shard: number;
  readonly lane: string;
  readonly reason: string;
  readonly setAsideAt: string;
  /** How often a worker vanished with it. */
  readonly crashes: number;
  /** Size of what is stored of it. */
  readonly bytes: number;
  /** Null when it cannot be decoded. */
  readonly delivery: DeliveryFacts | null;
}

interface DeliveryFacts {
  /** The same for the same pushkey in one output, and another in the next. */
  readonly device: string;
  /** Null where there is none, and for one that no specification would have. */
  readonly eventType: string | null;
  readonly acceptedAt: string;
  readonly expiresAt: string;
  readonly tries: number;
}

export function letterFacts(letter: DeadLetter, fingerprint: Fingerprint): LetterFacts {
  const { ref, reason, setAsideAt, crashes, bytes, delivery } = letter;
  return {
    id: deadLetterId(ref),
    app: ref.queue.app,
    shard: ref.queue.shard,
    lane: ref.queue.lane,
    reason: plainText(reason),
    setAsideAt: isoTime(setAsideAt),
    crashes,
    bytes,
    delivery:
      delivery === undefined
        ? null
        : {
            device: fingerprint(delivery.device.pushkey),
            eventType: eventTypeOf(delivery.notification.type),
            acceptedAt: isoTime(delivery.acceptedAt),
            expiresAt: isoTime(delivery.expiresAt),
            tries: delivery.tries,
          },
  };
}

export function jsonReport(facts: readonly LetterFacts[]): string {
  return `${JSON.stringify({ deadLetters: facts }, undefined, 2)}\n`;
}

export function listReport(facts: readonly LetterFacts[], now: number): string {
  if (facts.length === 0) return 'There are no dead letters\n';
  const lines = table<LetterFacts>(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'SET ASIDE', cell: ({ setAsideAt }) => ago(setAsideAt, now) },
      { head: 'REASON', cell: ({ reason }) => reason },
      { head: 'CRASHES', cell: ({ crashes }) => String(crashes), right: true },
      { head: 'TRIES', cell: ({ delivery }) => String(delivery?.tries ?? '–'), right: true },
      { head: 'DEVICE', cell: ({ delivery }) => delivery?.device ?? '–' },
      { head: 'EXPIRES', cell: ({ delivery }) => expiry(delivery, now) },
    ],
    facts,
  );
  return [
    ...lines,
    '',
    `${facts.length} dead ${facts.length === 1 ? 'letter' : 'letters'}. DEVICE is the same for the same pushkey, in this list only.`,
    '',
  ].join('\n');
}

export function showReport(facts: readonly LetterFacts[], now: number): string {
  return facts.map((fact) => showOne(fact, now)).join('\n');
}

function showOne(
  { id, app, shard, lane, reason, setAsideAt, crashes, bytes, delivery }: LetterFacts,
  now: number,
): string {
  const rows: (readonly [string, string])[] = [
    ['app', `${app}, lane ${lane}, shard ${shard}`],
    ['reason', reason],
    ['set aside', `${setAsideAt} (${ago(setAsideAt, now)})`],
    ['crashes', String(crashes)],
    ['stored', `${bytes} bytes`],
  ];
  if (delivery === null) {
    rows.push(['retry', 'no: it cannot be decoded']);
  } else {
    const { acceptedAt, expiresAt, tries, eventType, device } = delivery;
    const expired = Date.parse(expiresAt) <= now;
    rows.push(
      ['accepted', `${acceptedAt} (${ago(acceptedAt, now)})`],
      ['expires', `${expiresAt} (${expiry(delivery, now)})`],
      ['tries', String(tries)],
      [
        'event',
        `${eventType ?? 'of no type that can be shown'}; its id, room, sender and content are hidden`,
      ],
      ['pushkey', `hidden; ${device} in this output`],
      ['data', 'hidden'],
      [
        'retry',
        expired
          ? 'no: it has expired, and a worker would drop it at once'
          : `carillon dead retry ${shellWord(id)}`,
      ],
    );
  }
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)}  ${value}`);
  return [id, ...lines, `  ${'drop'.padEnd(9)}  carillon dead drop ${shellWord(id)}`, ''].join('\n');
}

/** Its sender chooses an event's type, so only what looks like one is shown. */
function eventTypeOf(type: string | undefined): string | null {
  return type !== undefined && /^[a-z][\w.-]{1,80}$/i.test(type) ? type : null;
}

export function expiry(delivery: DeliveryFacts | null, now: number): string {
  if (delivery === null) return '–';
  const left = Date.parse(delivery.expiresAt) - now;
  return left > 0 ? `in ${timeText(left)}` : 'expired';
}

export function ago(time: string, now: number): string {
  return `${timeText(Math.max(0, now - Date.parse(time)))} ago`;
}

/** What is stored may be no time at all: somebody else wrote it. */
function isoTime(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'unknown';
}
