import { join } from 'node:path';
import { appleCertificate } from '../fakes/apns/server.ts';
import type { CertificateAuthority } from '../fakes/certificates.ts';
import { iosApp, iosPushkey, iosToken, type ApnsStandIn } from '../installation/installation.ts';
import { eventIdOf, type NotifyAnswer } from '../installation/notify.ts';
import type { Program } from '../installation/process.ts';

/** Apps of one installation, each with a trouble of its own; of those that are sent to, `iosApp` is the one that is well. */
export const faulty = {
  wrongKey: 'com.example.wrong-key',
  wrongTopic: 'com.example.wrong-topic',
  fewSuspects: 'com.example.few-suspects',
  uninstalled: 'com.example.uninstalled',
  refused: 'com.example.refused',
  unknownWords: 'com.example.unknown-words',
  shortLived: 'com.example.short-lived',
  unserved: 'com.example.unserved',
  providerDown: 'com.example.provider-down',
  providerSlow: 'com.example.provider-slow',
  quotaUsedUp: 'com.example.quota-used-up',
  endsThisMonth: 'com.example.ends-this-month',
  endsTomorrow: 'com.example.ends-tomorrow',
  brokenKey: 'com.example.broken-key',
} as const;

export interface FcmStandIn {
  readonly url: string;
  readonly service_account_file: string;
  readonly caFile: string;
}

/** The service account of `brokenKey`: it has one of its own, to be spoiled. */
export const ownKeyFile = 'own-key.json';

/** As YAML, indented as under `apps`; certificates and keys of their own are in `folder`. */
export function faultyApps(apns: ApnsStandIn, fcm: FcmStandIn, folder: string): string {
  const apple = `type: apns, endpoint: ${apns.url}, ca_file: ${apns.caFile}, topic: ${apns.topic}, platform: production`;
  const byKey = `${apple}, keyfile: ${apns.keyfile}, key_id: ${apns.key_id}, team_id: ${apns.team_id}`;
  const google = `type: fcm, endpoint: ${fcm.url}, ca_file: ${fcm.caFile}`;
  const byAccount = `${google}, service_account_file: ${fcm.service_account_file}`;
  const settings: Readonly<Record<keyof typeof faulty, string>> = {
    wrongKey: byKey,
    wrongTopic: byKey,
    fewSuspects: byKey,
    uninstalled: byKey,
    refused: byKey,
    unknownWords: byKey,
    shortLived: `${byKey}, max_age: 2s`,
    unserved: `${byKey}, max_backlog: 10`,
    providerDown: byAccount,
    providerSlow: byAccount,
    quotaUsedUp: byAccount,
    endsThisMonth: `${apple}, certfile: ${join(folder, 'ends-this-month.pem')}`,
    endsTomorrow: `${apple}, certfile: ${join(folder, 'ends-tomorrow.pem')}`,
    brokenKey: `${google}, service_account_file: ${join(folder, ownKeyFile)}`,
  };
  return Object.entries(settings)
    .map(([name, text]) => `  ${faulty[name as keyof typeof faulty]}: {${text}}\n`) // its keys are the record's
    .join('');
}

/** The certificates that `faultyApps` names: file names and PEM texts. */
export function endingCertificates(authority: CertificateAuthority): Readonly<Record<string, string>> {
  const pem = (days: number): string => {
    const { certificate, key } = authority.issue({ ...appleCertificate('com.example.app'), days });
    return `${certificate}${key}`;
  };
  return { 'ends-this-month.pem': pem(20), 'ends-tomorrow.pem': pem(1) };
}

interface Trouble {
  readonly app: string;
  /** Of APNs; each phone answers so. */
  readonly answer: object;
  /** Pushes in a round. */
  readonly perRound: number;
  /** Phones, pushed to in turn, for as long as it takes; a dead one gives no more answers. */
  readonly phones: number;
}

const ofApple: readonly Trouble[] = [
  { app: faulty.wrongKey, answer: { status: 403, reason: 'InvalidProviderToken' }, perRound: 1, phones: 40 },
  { app: faulty.wrongTopic, answer: { status: 400, reason: 'BadDeviceToken' }, perRound: 6, phones: 240 },
  // Fewer than the 50 that its fuse would judge by.
  { app: faulty.fewSuspects, answer: { status: 400, reason: 'BadDeviceToken' }, perRound: 2, phones: 44 },
  { app: faulty.uninstalled, answer: { status: 410, reason: 'Unregistered' }, perRound: 9, phones: 4_000 },
  { app: faulty.refused, answer: { status: 400, reason: 'PayloadEmpty' }, perRound: 5, phones: 300 },
  { app: faulty.unknownWords, answer: { status: 418, reason: 'Teapot' }, perRound: 1, phones: 1 },
  { app: faulty.shortLived, answer: { status: 429, reason: 'TooManyRequests' }, perRound: 5, phones: 300 },
];

const fcmAnswers: Readonly<Record<string, object>> = {
  down: { status: 503 },
  slow: { delayMs: 3_000 },
  quota: { status: 429, errorCode: 'QUOTA_EXCEEDED', quota: 'device' },
};

/** Fixes what the providers say to the phones of these apps. */
export function scriptTroubles(apns: Program, fcm: Program): void {
  for (const [index, { answer, phones }] of ofApple.entries())
    for (let n = 0; n < phones; n += 1) apns.write({ token: iosToken(phoneOf(index, n)), answer });
  for (const [token, answer] of Object.entries(fcmAnswers)) fcm.write({ token, answer });
}

/** Numbers of phones that no two troubles share. */
const phoneOf = (trouble: number, n: number): number => 10_000 * (trouble + 1) + n;

interface Push {
  readonly event: string;
  readonly app: string;
  readonly pushkeys: readonly string[];
  readonly type?: string;
  readonly prio?: 'low';
}

function push({ event, app, pushkeys, type = 'm.room.message', prio }: Push): object {
  const id = eventIdOf(event);
  return {
    notification: {
      content: { body: 'Are you coming for lunch?', msgtype: 'm.text' },
      devices: pushkeys.map((pushkey) => ({ app_id: app, pushkey, pushkey_ts: 1_795_249_875, data: {} })),
      event_id: id,
      id,
      prio: prio ?? 'high',
      room_id: '!room:example.org',
      sender: '@alice:example.org',
      type,
    },
  };
}

/** Pushes as on any day, in every lane. */
export function healthyRound(round: number): readonly object[] {
  const pushkeys = [iosPushkey(round % 50)];
  return [
    push({ event: `high-${round}`, app: iosApp, pushkeys }),
    push({ event: `low-${round}`, app: iosApp, pushkeys, prio: 'low' }),
    push({ event: `call-${round}`, app: iosApp, pushkeys, type: 'm.call.invite' }),
  ];
}

/** Half a second's pushes to every app that is in trouble. */
export function troubledRound(round: number): readonly object[] {
  const event = (name: string) => `${name}-${round}`;
  const ofFcm = (app: string, token: string, count: number) =>
    Array.from({ length: count }, (_, n) => push({ event: event(`${token}${n}`), app, pushkeys: [token] }));
  return [
    ...ofApple.flatMap(({ app, perRound, phones }, index) =>
      Array.from({ length: perRound }, (_, n) => (round * perRound + n) % phones).map((n) =>
        push({ event: event(`${app}${n}`), app, pushkeys: [iosPushkey(phoneOf(index, n))] }),
      ),
    ),
    ...ofFcm(faulty.providerDown, 'down', 4),
    ...ofFcm(faulty.providerSlow, 'slow', 6),
    ...ofFcm(faulty.quotaUsedUp, 'quota', 2),
    push({ event: event('u-call'), app: faulty.unserved, pushkeys: [iosPushkey(1)], type: 'm.call.invite' }),
    push({ event: event('u-high'), app: faulty.unserved, pushkeys: [iosPushkey(1)] }),
    push({ event: event('u-low'), app: faulty.unserved, pushkeys: [iosPushkey(1)], prio: 'low' }),
    push({ event: event('strangers'), app: 'org.example.stranger', pushkeys: manyPushkeys(12) }),
  ];
}

/** A hundred and twenty pushes a second to the app that is well: the same event, again and again. */
export const floodRound = (): readonly object[] => [
  push({ event: 'flood', app: iosApp, pushkeys: manyPushkeys(60) }),
];

const manyPushkeys = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => iosPushkey(n));

/** What homeservers send, a round every half second, until the signal. */
export async function keepRounds(
  post: (notify: object) => Promise<NotifyAnswer>,
  roundOf: (round: number) => readonly object[],
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, 500);
    await Promise.all([over.promise, ...roundOf(round).map((notify) => post(notify))]);
    clearTimeout(timer);
  }
}
