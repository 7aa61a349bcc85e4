import { createHmac } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import tls from 'node:tls';
import { readRetryAfter } from '@carillon/core';
import type { Delivery, Device, Outcome, Provider, ProviderApp, ProviderContext } from '@carillon/core';
import { AnswerLog, createAddressRules, createResolver, outcomeOf, readAuthorities } from '@carillon/sending';
import type { Resolve } from '@carillon/sending';
import { readAnswer } from './answers/answer-facts.ts';
import { contactOf } from './config.ts';
import { dial } from './connection/dial.ts';
import { createEndpointRules } from './connection/endpoint-rules.ts';
import { buildMessage } from './payload/message.ts';
import { Origins } from './connection/origins.ts';
import { webpushAnswers } from './answers/table.ts';
import { namedOrigins, reachAll } from './connection/reach.ts';
import { readRegistration } from './registration.ts';
import type { Subscription } from './registration.ts';
import { createVapid, readVapidKey } from './credentials/vapid.ts';
import type { WebPushFault } from './answers/answer-row.ts';
import type { WebPushSettings } from './config.ts';
import type { DialTarget } from './connection/dial.ts';
import type { EndpointRules } from './connection/endpoint-rules.ts';
import type { MessageRules } from './payload/message.ts';
import type { OriginTiming, Reply } from './connection/origin.ts';
import type { OriginLimits } from './connection/origins.ts';
import type { ServiceName } from './connection/services.ts';

export interface WebPushTiming extends OriginTiming {
  /** Names, TCP, proxy and TLS together. */
  readonly connectTimeoutMs: number;
}

const defaultTiming: WebPushTiming = {
  connectTimeoutMs: 5_000,
  sendTimeoutMs: 10_000,
  bodyTimeoutMs: 2_000,
  idleTimeoutMs: 60_000,
};

/** What a test brings along instead of the network's and the clock's own ways. */
export interface WebPushParts {
  readonly resolve?: Resolve;
  readonly timing?: Partial<WebPushTiming>;
  readonly limits?: Partial<OriginLimits>;
}

/** Reads the credentials and makes the sender of one app. Opens no connection yet. */
export function createWebPushProvider(
  { name, settings }: ProviderApp<WebPushSettings>,
  context: ProviderContext,
  { resolve = createResolver(), timing = {}, limits = {} }: WebPushParts = {},
): Provider {
  const privateKey = readVapidKey(settings.vapid_private_key);
  const authorities = readAuthorities(settings.ca_file, context.now());
  const times = { ...defaultTiming, ...timing };
  const dialOptions = {
    addresses: createAddressRules(settings.allow_private_endpoints),
    resolve,
    timeoutMs: times.connectTimeoutMs,
    secureContext: tls.createSecureContext({ ca: authorities.ca }),
    proxy: context.proxy,
  };
  const { observer } = context;
  const connect = async (target: DialTarget, stop: AbortSignal): Promise<tls.TLSSocket> => {
    const socket = await dial(target, dialOptions, stop);
    observer.connectionOpened(name);
    socket.once('close', (hadError) =>
      observer.connectionClosed(name, stop.aborted ? 'shutdown' : hadError ? 'error' : 'idle'),
    );
    return socket;
  };
  const origins = new Origins({ timing: times, limits, dial: connect, now: context.now });
  const endpoints = createEndpointRules(settings.allowed_endpoints);
  const send = createSender({
    endpoints,
    rules: {
      ttlMs: settings.ttl,
      vapid: createVapid({ privateKey, contact: contactOf(settings), now: context.now }),
      topicKey: topicKeyOf(privateKey),
    },
    origins,
    log: new AnswerLog('Web Push', name, context),
    now: context.now,
  });
  return {
    send,
    server: ({ device }) => knownServer(device, endpoints),
    reach: () => reachAll(namedOrigins(settings.allowed_endpoints), dialOptions),
    expiringCredentials: authorities.expiring, // VAPID keys have no end
    close: () => origins.close(),
  };
}

/** Of the well-known services alone: any other could tell whose it is. */
function knownServer(device: Device, endpoints: EndpointRules): string | undefined {
  const registration = readRegistration(device);
  if (!registration.ok) return undefined;
  const { endpoint } = registration.subscription;
  const service = endpoints.match(endpoint)?.service.name ?? 'other';
  return service === 'other' ? undefined : endpoint.hostname;
}

interface Parts {
  readonly endpoints: EndpointRules;
  readonly rules: MessageRules;
  readonly origins: Origins;
  readonly log: AnswerLog;
  readonly now: () => number;
}

/** The `send` of one app; any number may be under way. */
function createSender({ endpoints, rules, origins, log, now }: Parts): Provider['send'] {
  async function send(delivery: Delivery): Promise<Outcome> {
    const registration = readRegistration(delivery.device);
    if (!registration.ok) return unanswered('registration_unusable', delivery);
    const { subscription } = registration;
    const { endpoint } = subscription;
    const allowed = endpoints.match(endpoint);
    if (allowed === undefined) return unanswered('endpoint_not_allowed', delivery);
    const { service } = allowed;
    const built = buildMessage(delivery, subscription, service, rules, now());
    if (!built.ok) return unanswered(built.fault, delivery, service.name);

    const reply = await origins.post(endpoint, allowed, built.message);
    if (reply.kind === 'turned_away') return unanswered(reply.fault, delivery, service.name, reply.notBefore);
    return sent(reply, delivery, service.name, subscription);
  }

  function unanswered(
    fault: WebPushFault,
    delivery: Delivery,
    to?: ServiceName,
    notBefore?: number,
  ): Outcome {
    const row = webpushAnswers.rowOfFault(fault);
    log.answered(row, delivery.device.pushkey, { service: to });
    return outcomeOf(row, { notBefore });
  }

  function sent(
    reply: Reply,
    delivery: Delivery,
    to: ServiceName,
    { endpoint, keys }: Subscription,
  ): Outcome {
    if (reply.kind === 'fault') {
      const outcome = unanswered(reply.fault, delivery, to);
      // Anybody can bring hosts that are none: what waits for one waits longer each time.
      return outcome.kind === 'later' && origins.isStranger(endpoint)
        ? { ...outcome, spendsTry: true }
        : outcome;
    }
    const { status, headers, body } = reply;
    const row = webpushAnswers.rowOfAnswer(readAnswer(status, headers, body, keys !== undefined));
    // Of what the service says besides nothing is logged: it may quote the message or be anybody's.
    log.answered(row, delivery.device.pushkey, { status, service: to });
    // Not `Location`: it is a secret by which the message can be taken back (RFC 8030, section 8.3).
    const id = headers['apns-id'] ?? headers['x-wns-msg-id'];
    return outcomeOf(row, {
      origin: endpoint.origin,
      notBefore: readRetryAfter(headers['retry-after'], now()),
      providerId: typeof id === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : undefined,
    });
  }

  return send;
}

/** The same in every worker of the app, and nobody else's. */
function topicKeyOf(privateKey: KeyObject): Buffer {
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
  return createHmac('sha256', secret).update('carillon web push topics').digest();
}
