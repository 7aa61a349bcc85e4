import type {
  Delivery,
  Device,
  Notification,
  Provider,
  ProviderContext,
  ProviderObserver,
} from '@carillon/core';
import { z } from 'zod';
import { fcmShape } from './config.ts';
import { connectionTiming } from './connections.ts';
import { createFcmProvider } from './provider.ts';
import { Inbox } from '../../../test/fakes/fcm/inbox.ts';
import { startFakeFcm } from '../../../test/fakes/fcm/server.ts';
import type { FcmSettings } from './config.ts';
import type { FcmTiming } from './provider.ts';
import type { FakeFcm, FakeFcmOptions } from '../../../test/fakes/fcm/server.ts';

/** What a test of the sender works with: a sender, the fake it talks to, and what it said. */
export interface SenderSetup extends AsyncDisposable {
  readonly fcm: FakeFcm;
  readonly provider: Provider;
  readonly logged: readonly LogLine[];
  readonly observed: Observed;
  /** Moves the clock of the sender and of the fake, milliseconds. */
  readonly advance: (ms: number) => void;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface Observed {
  readonly opened: string[];
  /** Why connections ended. */
  readonly closed: Inbox<string>;
  readonly unknown: number[];
}

export interface SenderOptions {
  readonly fake?: FakeFcmOptions;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly timing?: Partial<FcmTiming>;
  readonly proxy?: URL;
}

/** A sender of an app whose endpoint and token endpoint are a fake of its own. */
export async function setupSender(options: SenderOptions = {}): Promise<SenderSetup> {
  const { context, logged, observed, advance } = testContext(options.proxy);
  const fcm = await startFakeFcm({ now: context.now, ...options.fake });
  const settings = settingsFor(fcm, options.settings);
  const times = {
    ...connectionTiming,
    sendTimeoutMs: 10_000,
    tokenTimeoutMs: 10_000,
    totalTimeoutMs: 15_000,
  };
  const provider = createFcmProvider({ name: 'app', settings }, context, { ...times, ...options.timing });
  return {
    fcm,
    provider,
    logged,
    observed,
    advance,
    [Symbol.asyncDispose]: async () => {
      // A test that hangs on purpose has sends under way: they end when the fake does.
      await Promise.all([provider.close(), fcm.close()]);
    },
  };
}

export function settingsFor(fcm: FakeFcm, more: Readonly<Record<string, unknown>> = {}): FcmSettings {
  return z.object(fcmShape).parse({
    service_account_file: fcm.serviceAccountFile,
    endpoint: fcm.url,
    ...(fcm.caFile !== undefined && { ca_file: fcm.caFile }),
    ...more,
  });
}

export function testContext(proxy?: URL): {
  readonly context: ProviderContext;
  readonly logged: LogLine[];
  readonly observed: Observed;
  readonly advance: (ms: number) => void;
} {
  let ahead = 0;
  const logged: LogLine[] = [];
  const observed: Observed = { opened: [], closed: new Inbox(), unknown: [] };
  const log = (level: LogLine['level']) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const observer: ProviderObserver = {
    connectionOpened: (app) => observed.opened.push(app),
    connectionClosed: (_app, reason) => observed.closed.put(reason),
    unknownAnswer: (_app, status) => observed.unknown.push(status),
  };
  return {
    context: {
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      observer,
      now: () => Date.now() + ahead,
      fingerprint: () => 'fingerprint',
      ...(proxy !== undefined && { proxy }),
    },
    logged,
    observed,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export function makeDelivery(
  pushkey = 'phone',
  {
    notification,
    device,
    ...rest
  }: Partial<Omit<Delivery, 'notification' | 'device'>> & {
    readonly notification?: Partial<Notification>;
    readonly device?: Partial<Device>;
  } = {},
): Delivery {
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app: 'app',
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 86_400_000,
    tries: 0,
    ...rest,
    notification: { eventId: '$event', roomId: '!room:example.org', prio: 'high', ...notification },
    device: { appId: 'org.example.app', pushkey, ...device },
  };
}
