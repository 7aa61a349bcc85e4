import { outcomeOf } from '@carillon/sending';
import { randomBytes } from 'node:crypto';
import { readDateHeader } from '@carillon/core';
import type { ClockReading, DryRun } from '@carillon/core';
import { readAnswer } from './answers/answer-facts.ts';
import type { FcmAnswerRow } from './answers/answer-row.ts';
import { fcmAnswers } from './answers/table.ts';
import type { Connections } from './connection/connections.ts';
import type { TokenResult } from './credentials/token-exchange.ts';

export interface DryRunOptions {
  /** Where messages go, for the name of its clock. */
  readonly origin: string;
  readonly tokenOrigin: string;
  readonly path: string;
  readonly exchange: () => Promise<TokenResult>;
  readonly connections: Pick<Connections, 'post'>;
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Has FCM judge a message to a registration token that nobody has, with `validate_only`, so that nothing would be sent
 * even if somebody had it. FCM looks at the access token, the project, its API and the role before it looks at the
 * message, so an answer about the registration token says that they are right.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const { now, connections, path, timeoutMs } = options;
  const askedAt = now();
  const token = await options.exchange();
  const tokenClock = readDateHeader(options.tokenOrigin, token.date, askedAt, now());
  if (!token.ok) return conclude(fcmAnswers.rowOfFault(token.fault), tokenClock);

  const sentAt = now();
  const authorization = `Bearer ${token.accessToken}`;
  const reply = await connections.post({ path, authorization, body: madeUpMessage() }, timeoutMs);
  if (reply.kind === 'fault') return conclude(fcmAnswers.rowOfFault(reply.fault), tokenClock);
  const clock = readDateHeader(options.origin, reply.date, sentAt, now());
  return conclude(fcmAnswers.rowOfAnswer(readAnswer(reply.status, reply.body)), clock ?? tokenClock);
}

function conclude(row: FcmAnswerRow, clock: ClockReading | undefined): DryRun {
  return {
    outcome: outcomeOf(row),
    meaning: row.meaning,
    mayBeClock: row.mayBeClock ?? false,
    ...(clock !== undefined && { clock }),
  };
}

/** Source: REST reference, projects.messages.send, `validate_only`. */
function madeUpMessage(): string {
  const token = `carillon-check-${randomBytes(24).toString('base64url')}`;
  return JSON.stringify({ validate_only: true, message: { token, data: { check: 'carillon' } } });
}
