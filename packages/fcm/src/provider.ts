import tls from 'node:tls';
import { readRetryAfter, SettingError } from '@carillon/core';
import type { Delivery, Outcome, Provider, ProviderApp, ProviderContext } from '@carillon/core';
import { AnswerLog, outcomeOf, reach, readAuthorities } from '@carillon/sending';
import { AccessToken } from './credentials/access-token.ts';
import { readAnswer } from './answers/answer-facts.ts';
import { dryRun } from './dry-run.ts';
import { fcmAnswers } from './answers/table.ts';
import { connectionTiming, createConnections } from './connection/connections.ts';
import { createDial } from './connection/dial.ts';
import { createMessageBuilder } from './payload/payload.ts';
import { readServiceAccount } from './credentials/service-account.ts';
import { exchangeToken } from './credentials/token-exchange.ts';
import type { Authorization } from './credentials/access-token.ts';
import type { FcmAnswer } from './answers/answer-facts.ts';
import type { FcmAnswerRow, FcmFault } from './answers/answer-row.ts';
import type { FcmSettings } from './config.ts';
import type { Connections, ConnectionTiming } from './connection/connections.ts';
import type { MessageBuilder } from './payload/payload.ts';
import type { Answer } from './connection/reply.ts';

export interface FcmTiming extends ConnectionTiming {
  /** Google asks for at least 10 s before a send is given up (Scale FCM, "timeouts"). */
  readonly sendTimeoutMs: number;
  readonly tokenTimeoutMs: number;
  /** A whole `send`, the wait for a token included. */
  readonly totalTimeoutMs: number;
}

const timing: FcmTiming = {
  ...connectionTiming,
  sendTimeoutMs: 10_000,
  tokenTimeoutMs: 10_000,
  totalTimeoutMs: 15_000,
};

/** Reads the credentials and makes the sender of one app. Opens no connection yet. */
export function createFcmProvider(
  { name, settings }: ProviderApp<FcmSettings>,
  context: ProviderContext,
  times: FcmTiming = timing,
): Provider {
  const account = readServiceAccount(settings.service_account_file);
  const authorities = readAuthorities(settings.ca_file, context.now());
  const projectId = settings.project_id ?? account.projectId;
  if (projectId === undefined)
    throw new SettingError(
      'project_id',
      `is missing, and ${settings.service_account_file} does not say it either`,
    );
  if (account.projectId !== undefined && account.projectId !== projectId)
    context.log.warn(
      { app: name, project_id: projectId, key_file_project_id: account.projectId },
      'project_id differs from the project of service_account_file: right only if that account may send for it',
    );

  const log = new AnswerLog('FCM', name, context);
  const dial = createDial(tls.createSecureContext({ ca: authorities.ca }), context.proxy);
  const tokenUri = new URL(account.tokenUri);
  const stop = new AbortController();
  const exchangeOptions = {
    dial,
    timeoutMs: times.tokenTimeoutMs,
    signal: stop.signal,
    now: context.now,
  };
  const exchange = () => exchangeToken(account, exchangeOptions);
  const accessToken = new AccessToken({
    exchange,
    now: context.now,
    onFailed({ fault, status, error }, inHand) {
      log.note(
        inHand ? 'warn' : 'error',
        `token ${fault}`,
        inHand ? 'no new access token; the old one serves until it expires' : 'no access token',
        () => ({ reason: fault, status, error }),
      );
    },
  });
  const origin = new URL(settings.endpoint);
  const connections = createConnections({
    origin,
    dial,
    timing: times,
    onOpened: () => context.observer.connectionOpened(name),
    onClosed: (reason) => context.observer.connectionClosed(name, reason),
    onDialFailed: (error) => log.unreachable(error),
  });
  const path = `/v1/projects/${projectId}/messages:send`;
  const build = createMessageBuilder(settings);
  const send = createSender({
    path,
    build,
    accessToken,
    connections,
    log,
    times,
    stop,
    now: context.now,
  });
  return {
    send,
    server: () => origin.hostname,
    expiringCredentials: authorities.expiring, // Google's keys have no end of their own
    dryRun: () =>
      dryRun({
        origin: origin.origin,
        tokenOrigin: tokenUri.origin,
        path,
        exchange,
        connections,
        timeoutMs: times.sendTimeoutMs,
        now: context.now,
      }),
    reach: () =>
      Promise.all(
        [...new Set([origin.origin, tokenUri.origin])].map((place) =>
          reach(place, () =>
            dial(new URL(place), ['h2', 'http/1.1'], {
              timeoutMs: times.connectTimeoutMs,
              signal: stop.signal,
            }),
          ),
        ),
      ),
    async close() {
      stop.abort();
      await connections.close();
    },
  };
}

interface Parts {
  readonly path: string;
  readonly build: MessageBuilder;
  readonly accessToken: AccessToken;
  readonly connections: Connections;
  readonly log: AnswerLog;
  readonly times: FcmTiming;
  /** Ends exchanges under way. */
  readonly stop: AbortController;
  readonly now: () => number;
}

/** The `send` of one app; any number may be under way. */
function createSender(parts: Parts): Provider['send'] {
  const { path, build, accessToken, connections, log, times, stop, now } = parts;

  async function send(delivery: Delivery): Promise<Outcome> {
    const message = build(delivery, now());
    if (!message.ok) return conclude(fcmAnswers.rowOfFault(message.fault), delivery);
    const deadline = performance.now() + times.totalTimeoutMs;

    const held = accessToken.get();
    const authorization = held instanceof Promise ? await held : held;
    if (!authorization.ok) return withoutToken(authorization.fault, delivery);
    const first = await post(message.body, authorization, deadline);
    if (first.kind === 'fault') return conclude(fcmAnswers.rowOfFault(first.fault), delivery);
    const { row, facts } = first;
    if (row.resend !== 'new_token') return conclude(row, delivery, facts, first.answer);

    const renewed = await accessToken.afterRefusal(authorization.header);
    if (renewed === undefined) return conclude(row, delivery, facts);
    if (!renewed.ok) return withoutToken(renewed.fault, delivery);
    const second = await post(message.body, renewed, deadline);
    return second.kind === 'fault'
      ? conclude(fcmAnswers.rowOfFault(second.fault), delivery)
      : conclude(second.row, delivery, second.facts, second.answer);
  }

  /** Where we have cut the exchange short ourselves, it is our stopping and not Google's fault. */
  function withoutToken(fault: FcmFault, delivery: Delivery): Outcome {
    return conclude(fcmAnswers.rowOfFault(stop.signal.aborted ? 'shutdown' : fault), delivery);
  }

  async function post(
    body: string,
    { header }: Authorization & { readonly ok: true },
    deadline: number,
  ): Promise<Posted> {
    const left = Math.min(times.sendTimeoutMs, deadline - performance.now());
    if (left <= 0) return { kind: 'fault', fault: 'no_connection' };
    const result = await connections.post({ path, authorization: header, body }, left);
    if (result.kind === 'fault') return result;
    const facts = readAnswer(result.status, result.body);
    return { kind: 'answered', answer: result, facts, row: fcmAnswers.rowOfAnswer(facts) };
  }

  function conclude(row: FcmAnswerRow, delivery: Delivery, facts?: FcmAnswer, answer?: Answer): Outcome {
    log.answered(row, delivery.device.pushkey, facts);
    const notBefore = readRetryAfter(answer?.retryAfter, now());
    return outcomeOf(row, { notBefore, providerId: facts?.name });
  }

  return send;
}

type Posted =
  | { readonly kind: 'fault'; readonly fault: FcmFault }
  | {
      readonly kind: 'answered';
      readonly answer: Answer;
      readonly facts: FcmAnswer;
      readonly row: FcmAnswerRow;
    };
