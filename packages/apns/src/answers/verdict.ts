import { readRetryAfter } from '@carillon/core';
import type { ApnsAnswerRow } from './answer-row.ts';
import type { AppleReason } from './apple-reasons.ts';
import type { Exchange } from '../connection/exchange.ts';
import { rowOf, rowOfAnswer } from './outcome-of.ts';
import type { AnswerDetails } from './outcome-of.ts';

/** What came of one try, in the terms of the table. */
export interface Verdict {
  readonly row: ApnsAnswerRow;
  readonly details: AnswerDetails;
  /** Of an answer; absent where there was none. */
  readonly status?: number;
  /** The time by the server's clock, of an answer that says it. */
  readonly date?: string | undefined;
}

/**
 * Reads an exchange; `goawayReason` is what its connection was told at its end. Never throws: bodies may be empty,
 * HTML, or any JSON.
 */
export function judge(exchange: Exchange, goawayReason: AppleReason | undefined, now: number): Verdict {
  if ('fault' in exchange) {
    const { fault } = exchange;
    // A GOAWAY that says what is wrong with our set-up says it for all that it cut short.
    if (fault === 'goaway' && goawayReason !== undefined && rowOf(goawayReason).kind === 'misconfigured')
      return { row: rowOf(goawayReason), details: {} };
    return { row: rowOf(fault), details: {} };
  }
  const { status, apnsId, retryAfter, date, body } = exchange;
  if (status === 200) return { row: rowOf('ok'), details: { providerId: apnsId }, status, date };
  const { reason, timestamp } = readBody(body);
  const notBefore = readRetryAfter(retryAfter, now);
  return {
    row: rowOfAnswer(status, reason),
    details: { notBefore, since: timestamp, providerId: apnsId },
    status,
    date,
  };
}

function readBody(body: string): { readonly reason?: string; readonly timestamp?: number } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof json !== 'object' || json === null) return {};
  const { reason, timestamp } = json as { readonly reason?: unknown; readonly timestamp?: unknown };
  return {
    ...(typeof reason === 'string' && { reason }),
    ...(typeof timestamp === 'number' && timestamp > 0 && { timestamp }),
  };
}
