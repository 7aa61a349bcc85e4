import type { Outcome, Provider, ProviderApp, ProviderContext, ProviderModule } from '@carillon/core';
import { addressOf, AnswerLog, outcomeOf, reach } from '@carillon/sending';
import { apnsShape, checkApnsSettings, obsoleteApnsKeys } from './config.ts';
import type { ApnsFault } from './answers/answer-row.ts';
import type { ApnsSettings } from './config.ts';
import type { ConnectionEvents } from './connection/connection.ts';
import { dial } from './connection/dial.ts';
import type { Destination } from './connection/dial.ts';
import { readCredentials } from './credentials/credentials.ts';
import { backdatedMs, dryRun } from './dry-run.ts';
import { apnsAnswers } from './answers/table.ts';
import { ProviderToken } from './credentials/provider-token.ts';
import { createRequestBuilder } from './payload/request.ts';
import { spelling } from './payload/device-token.ts';
import { trim } from './payload/trim.ts';
import { Sender, usualTimes } from './connection/sender.ts';
import type { SenderTimes } from './connection/sender.ts';
import type { Verdict } from './answers/verdict.ts';

/** Apple's Push Notification service: apps of type `apns`. */
export const apnsModule: ProviderModule<typeof apnsShape> = {
  types: ['apns'],
  shape: apnsShape,
  check: checkApnsSettings,
  obsoleteKeys: obsoleteApnsKeys,
  spelling: (pushkey, { convert_device_token_to_hex: isBase64 }) => spelling(pushkey, isBase64),
  trim,
  answers: apnsAnswers.rows,
  create: createApnsProvider,
};

const hosts = {
  production: 'api.push.apple.com',
  sandbox: 'api.sandbox.push.apple.com',
} as const;

/** Throws a `SettingError` for credentials that are unfit. Connects with the first send. */
export function createApnsProvider(
  { name, settings }: ProviderApp<ApnsSettings>,
  context: ProviderContext,
  times: SenderTimes = usualTimes,
): Provider {
  const { now, proxy } = context;
  const credentials = readCredentials(settings, now());
  if ('doubt' in credentials) context.log.warn({ app: name }, credentials.doubt);
  const build = createRequestBuilder({
    topic: credentials.topic,
    pushType: settings.push_type,
    callsOnly: settings.push_type === 'voip' && !settings.voip_all,
    base64: settings.convert_device_token_to_hex,
    sendBadgeCounts: settings.send_badge_counts,
    sound: settings.sound,
    threadId: settings.thread_id,
  });
  const log = new AnswerLog('APNs', name, context);
  const url = new URL(settings.endpoint ?? `https://${hosts[settings.platform]}`);
  const destination: Destination = {
    ...addressOf(url),
    secureContext: credentials.secureContext,
    proxy,
  };
  const senderWith = (token: ProviderToken | undefined): Sender =>
    new Sender({
      destination,
      production: settings.platform === 'production',
      token,
      times,
      events: connectionEvents(name, url.host, context, log),
      now,
    });
  const tokenBy = (clock: () => number): ProviderToken | undefined =>
    credentials.kind === 'token' ? new ProviderToken(credentials, clock) : undefined;
  const sender = senderWith(tokenBy(now));
  const landed = Promise.withResolvers<void>();
  let inFlight = 0;
  let isClosing = false;

  const landIfDone = () => {
    if (isClosing && inFlight === 0) landed.resolve();
  };
  const conclude = ({ row, details, status }: Omit<Verdict, 'date'>, pushkey: string): Outcome => {
    log.answered(row, pushkey, { status });
    return outcomeOf(row, details);
  };
  const notSent = (fault: ApnsFault, pushkey: string): Outcome =>
    conclude({ row: apnsAnswers.rowOfFault(fault), details: {} }, pushkey);

  return {
    async send(delivery) {
      const { pushkey } = delivery.device;
      if (isClosing) return notSent('shutdown', pushkey);
      inFlight += 1;
      try {
        const built = build(delivery);
        if (!built.ok) return notSent(built.fault, pushkey);
        return conclude(await sender.send(built.request, delivery.lane), pushkey);
      } catch (error) {
        // The message and stack of an error of ours may quote what we were working on; its kind does not.
        context.log.error({ app: name, error: errorName(error) }, 'APNs: a send failed in our own program');
        return notSent('bug', pushkey);
      } finally {
        inFlight -= 1;
        landIfDone();
      }
    },
    expiringCredentials: credentials.expiring,
    server: () => destination.host,
    async dryRun() {
      inFlight += 1;
      try {
        return await dryRun({
          origin: url.origin,
          topic: credentials.topic,
          pushType: settings.push_type,
          sender,
          backdated() {
            const token = tokenBy(() => now() - backdatedMs);
            return token && senderWith(token);
          },
          now,
        });
      } finally {
        inFlight -= 1;
        landIfDone();
      }
    },
    reach: async () => [await reach(url.origin, () => dial(destination, times.connectTimeoutMs))],
    async close() {
      isClosing = true;
      landIfDone();
      await landed.promise;
      sender.close();
    },
  };
}

function connectionEvents(
  app: string,
  host: string,
  { log, observer }: ProviderContext,
  answers: AnswerLog,
): ConnectionEvents {
  return {
    opened() {
      observer.connectionOpened(app);
      log.info({ app, host }, 'APNs: connected');
    },
    leaving(reason, detail) {
      log.info({ app, host, reason, detail }, 'APNs: leaving a connection');
    },
    closed(reason) {
      observer.connectionClosed(app, reason);
    },
    failed(fault, code) {
      answers.unreachable({ fault, code });
    },
  };
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
