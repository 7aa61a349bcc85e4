import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeApns } from '../fakes/apns/server.ts';
import { startFakeFcm } from '../fakes/fcm/server.ts';
import { startFakeWebPush } from '../fakes/webpush/server.ts';
import type { Fields, ProviderName } from './golden-case.ts';
import { paths, receiverKeys, serviceOrigin, vapidKey } from './devices.ts';

/** One message as a stand-in received and accepted it. */
export interface Received {
  readonly to: string;
  /** Those that say something about the message. */
  readonly headers: Fields;
  readonly payload: unknown;
  /** Of the payload, as the provider counts them. */
  readonly bytes: number;
}

export interface StandIn {
  /** The settings of an app that reach it. */
  readonly settings: Fields;
  /** What it accepted so far, oldest first. */
  readonly received: () => readonly Received[];
  /** How many requests it refused so far. */
  readonly refused: () => number;
}

export interface StandIns extends AsyncDisposable {
  readonly of: Readonly<Record<ProviderName, StandIn>>;
  /** The request with the stand-in's address instead of the push service's. */
  readonly readdressed: (request: unknown) => unknown;
}

/** One strict stand-in for each provider. `now` stands still. */
export async function startStandIns(now: number): Promise<StandIns> {
  await using stack = new AsyncDisposableStack();
  const clock = () => now;
  const directory = mkdtempSync(join(tmpdir(), 'carillon-golden-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const vapidFile = join(directory, 'vapid.pem');
  writeFileSync(vapidFile, vapidKey());
  const apns = stack.use(await startFakeApns({ topics: ['com.example.bells'], now: clock }));
  const fcm = stack.use(await startFakeFcm({ now: clock }));
  const webpush = stack.use(await startFakeWebPush());
  webpush.makeSubscription({ path: paths.browser, keys: receiverKeys });
  webpush.makeUnifiedPushEndpoint({ path: paths.unifiedPush });
  webpush.makeSubscription({ path: paths.unifiedPushWithKeys, keys: receiverKeys });
  const open = stack.move();

  return {
    of: {
      apns: {
        settings: {
          keyfile: apns.signingKey.keyfile,
          key_id: apns.signingKey.keyId,
          team_id: apns.signingKey.teamId,
          endpoint: apns.url,
          ca_file: apns.caFile,
        },
        received: () =>
          apns.received.map(({ token, headers, body }) => ({
            to: `/3/device/${token}`,
            headers: apnsHeaders(headers, now),
            payload: JSON.parse(body) as unknown,
            bytes: Buffer.byteLength(body),
          })),
        refused: () => apns.requests.length - apns.received.length,
      },
      fcm: {
        settings: {
          service_account_file: fcm.serviceAccountFile,
          endpoint: fcm.url,
          ...(fcm.caFile !== undefined && { ca_file: fcm.caFile }),
        },
        received: () =>
          fcm.received.map(({ message }) => ({
            to: `/v1/projects/${fcm.projectId}/messages:send`,
            headers: {},
            payload: { message },
            bytes: dataBytes(message.data ?? {}),
          })),
        refused: () => fcm.refused.length,
      },
      webpush: {
        settings: {
          vapid_private_key: vapidFile,
          allowed_endpoints: [`localhost:${webpush.port}`],
          allow_private_endpoints: ['127.0.0.0/8', '::1/128'],
          ca_file: webpush.caFile,
        },
        received: () =>
          webpush.messages.received.map(({ path, headers, plaintext }) => ({
            to: serviceOrigin + path,
            headers: picked(headers, ['ttl', 'urgency', 'topic', 'content-encoding']),
            payload: JSON.parse(plaintext) as unknown,
            bytes: Buffer.byteLength(plaintext),
          })),
        refused: () => webpush.violations.length + webpush.strays.length,
      },
    },
    readdressed: (request) =>
      JSON.parse(JSON.stringify(request).replaceAll(serviceOrigin, webpush.origin)) as unknown,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

type Headers = Readonly<Record<string, string | undefined>>;

/** The expiry is the only one that depends on the time of the day. */
function apnsHeaders(headers: Headers, now: number): Fields {
  const seconds = Number(headers['apns-expiration']) - now / 1_000;
  return {
    ...picked(headers, ['apns-topic', 'apns-push-type', 'apns-priority']),
    'apns-expiration': `${seconds} s after the request`,
    ...picked(headers, ['apns-id', 'apns-collapse-id']),
  };
}

function picked(headers: Headers, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]),
  );
}

/** FCM counts the keys and values of the data. */
export function dataBytes(data: Readonly<Record<string, string>>): number {
  return Object.entries(data)
    .map(([key, value]) => Buffer.byteLength(key) + Buffer.byteLength(value))
    .reduce((sum, bytes) => sum + bytes, 0);
}
