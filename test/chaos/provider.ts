import { createHash } from 'node:crypto';
import { mkdir, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { startFakeApns } from '../fakes/apns/server.ts';
import type { FcmMessage } from '../fakes/fcm/checks.ts';
import { startFakeFcm } from '../fakes/fcm/server.ts';
import { startRelay } from '../fakes/fcm/relay.ts';
import { print } from '../fakes/program.ts';
import { isDeadPhone } from './phones.ts';
import { fateOf, type Mood } from './mood.ts';
import { seededRandom } from './random.ts';

/**
 * A stand-in provider with moods, as a program:
 *
 *   provider.ts --type apns|fcm --dir DIR [--seed N] [--latency-ms N]
 *
 * Prints what an app of the configuration needs as one line of JSON, then one line for each ring: event, identity and
 * time. A line of JSON on the standard input is its mood from now on. Dead phones are answered as such.
 */
const { values } = parseArgs({
  options: {
    type: { type: 'string' },
    dir: { type: 'string', default: '.' },
    seed: { type: 'string', default: '1' },
    'latency-ms': { type: 'string', default: '20' },
  },
});
/** HTTP/2's INTERNAL_ERROR: says nothing of whether the message was taken. */
const internalError = 2;
const latencyMs = Number(values['latency-ms']);
const random = seededRandom(Number(values.seed));
let mood: Mood = {};

await mkdir(values.dir, { recursive: true });
const stand = values.type === 'fcm' ? await fcm(values.dir) : await apns(values.dir);
const relay = await startRelay(stand.port);
let goaways: NodeJS.Timeout | undefined;

const control = createInterface({ input: process.stdin });
control.on('line', (line) => {
  mood = JSON.parse(line) as Mood;
  clearInterval(goaways);
  if (mood.goawayEveryMs !== undefined) goaways = setInterval(stand.goaway, mood.goawayEveryMs);
  const { gate = 'open' } = mood;
  if (gate === 'refuse') relay.refuse();
  else if (gate === 'dark') relay.freeze();
  else relay.thaw();
});
print({ ready: true, url: stand.url(relay.port), ...stand.settings });

async function apns(dir: string) {
  const fake = await startFakeApns({
    latencyMs,
    inspect: false,
    dir,
    onAccepted: ({ payload, headers }) => ring(eventOf(payload), headers['apns-id'] ?? ''),
    answer(request) {
      if (isDeadPhone(request.token)) return { status: 410, reason: 'Unregistered', timestamp: Date.now() };
      const fate = fateOf(mood, random);
      const headers = retryAfter();
      switch (fate) {
        case 'taken':
          return undefined;
        case 'unavailable':
          return { status: 503, reason: 'ServiceUnavailable', headers };
        case 'throttled':
          return { status: 429, reason: 'TooManyRequests', headers };
        case 'hang':
          return { hang: true };
        case 'reset':
        case 'lost':
          if (fate === 'lost') ring(eventOf(request.payload), request.headers['apns-id'] ?? '');
          return { reset: internalError };
        default:
          return fate satisfies never;
      }
    },
  });
  const caFile = join(dir, 'apns-ca.pem');
  const keyfile = join(dir, 'AuthKey.p8');
  await copyFile(fake.caFile, caFile);
  await copyFile(fake.signingKey.keyfile, keyfile);
  return {
    port: Number(new URL(fake.url).port),
    url: (port: number) => `https://127.0.0.1:${port}`,
    goaway: () => fake.goaway({ unprocessed: 3 }),
    settings: { caFile, keyfile, keyId: fake.signingKey.keyId, teamId: fake.signingKey.teamId },
  };
}

async function fcm(dir: string) {
  const fake = await startFakeFcm({
    latencyMs,
    plain: true,
    dir,
    keep: false,
    onAccepted: ({ message }) => ring(message.data?.['event_id'] ?? '', identityOf(message)),
    answer({ token, message }) {
      if (isDeadPhone(token)) return { status: 404, errorCode: 'UNREGISTERED' };
      const fate = fateOf(mood, random);
      const after = mood.retryAfter === undefined ? {} : { retryAfter: mood.retryAfter };
      switch (fate) {
        case 'taken':
          return undefined;
        case 'unavailable':
          return { status: 503, errorCode: 'UNAVAILABLE', ...after };
        case 'throttled':
          return { status: 429, errorCode: 'QUOTA_EXCEEDED', ...after };
        case 'hang':
          return { hang: true };
        case 'reset':
        case 'lost':
          if (fate === 'lost') ring(message.data?.['event_id'] ?? '', identityOf(message));
          return { reset: true };
        default:
          return fate satisfies never;
      }
    },
  });
  return {
    port: Number(new URL(fake.url).port),
    url: (port: number) => `http://127.0.0.1:${port}`,
    goaway: () => fake.goaway(),
    settings: { serviceAccountFile: fake.serviceAccountFile },
  };
}

/** FCM replaces nothing by itself: the client knows a second copy by what is in it. */
function identityOf({ data }: FcmMessage): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 22);
}

function eventOf(payload: unknown): string {
  return (payload as { event_id?: string }).event_id ?? '';
}

function retryAfter(): Record<string, number> {
  return mood.retryAfter === undefined ? {} : { 'retry-after': mood.retryAfter };
}

function ring(event: string, identity: string): void {
  print({ rang: event, identity, at: Date.now() });
}
