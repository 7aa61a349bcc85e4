import { readRetryAfter } from '@carillon/core';
import { parseObject } from '@carillon/sending';
import type { AnswerDetails } from '@carillon/sending';
import type { ApnsAnswerRow } from './answer-row.ts';
import { appleReasons } from './apple-reasons.ts';
import type { Exchange } from '../connection/wire.ts';
import { apnsAnswers } from './table.ts';

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
export function judge(exchange: Exchange, goawayReason: string | undefined, now: number): Verdict {
  if ('fault' in exchange) {
    const { fault } = exchange;
    // A GOAWAY that says what is wrong with our set-up says it for all that it cut short.
    const said = fault === 'goaway' ? appleReasons.find(({ reason }) => reason === goawayReason) : undefined;
    return { row: said?.kind === 'misconfigured' ? said : apnsAnswers.rowOfFault(fault), details: {} };
  }
  const { status, apnsId, retryAfter, date, body } = exchange;
  if (status === 200) return { row: taken, details: { providerId: apnsId }, status, date };
  const { reason, timestamp } = readBody(body);
  const notBefore = readRetryAfter(retryAfter, now);
  return {
    row: apnsAnswers.rowOfAnswer({ status, ...(reason !== undefined && { word: reason }) }),
    details: { notBefore, since: timestamp, providerId: apnsId },
    status,
    date,
  };
}

/** The usual case, which needs no look at the table. */
const taken = apnsAnswers.rowOfAnswer({ status: 200 });

function readBody(body: string): { readonly reason?: string; readonly timestamp?: number } {
  const { reason, timestamp } = parseObject(body) ?? {};
  return {
    ...(typeof reason === 'string' && { reason }),
    ...(typeof timestamp === 'number' && timestamp > 0 && { timestamp }),
  };
}
