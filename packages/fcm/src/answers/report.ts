import type { Delivery, ProviderContext } from '@carillon/core';
import type { AnswerFacts } from './answer-facts.ts';
import type { FcmAnswerRow } from './answer-row.ts';
import type { DialError } from '../connection/dial.ts';
import type { TokenFailure } from '../credentials/token-exchange.ts';

/** What one app's sender has to say, without secrets and without a line for each send. */
export interface Reporter {
  answered(row: FcmAnswerRow, delivery: Delivery, facts: AnswerFacts | undefined): void;
  dialFailed(error: DialError): void;
  tokenFailed(result: TokenFailure, inHand: boolean): void;
}

/** The same thing is logged once in so long; in between it is only counted. */
const quietMs = 10_000;

export function createReporter(app: string, { log, observer, fingerprint, now }: ProviderContext): Reporter {
  /** Keys come from closed sets: reasons of the table, faults, error codes of the system. */
  const said = new Map<string, { at: number; withheld: number }>();
  const mayLog = (key: string): { readonly withheld?: number } | undefined => {
    const last = said.get(key);
    if (last !== undefined && now() - last.at < quietMs) {
      last.withheld += 1;
      return undefined;
    }
    said.set(key, { at: now(), withheld: 0 });
    return last !== undefined && last.withheld > 0 ? { withheld: last.withheld } : {};
  };

  return {
    answered(row, { device }, facts) {
      if (row.unknown === true && facts !== undefined) observer.unknownAnswer(app, facts.status);
      if (row.log === 'debug') return;
      const extra = mayLog(row.reason);
      if (extra === undefined) return;
      log[row.log](
        {
          app,
          outcome: row.kind,
          reason: row.reason,
          fingerprint: fingerprint(device.pushkey),
          ...(facts !== undefined && { status: facts.status }),
          ...(facts?.field !== undefined && { field: facts.field }),
          ...(row.cure !== undefined && { cure: row.cure }),
          ...extra,
        },
        `FCM: ${row.meaning}`,
      );
    },
    dialFailed({ fault, code }) {
      const extra = mayLog(`${fault} ${code}`);
      if (extra !== undefined) log.warn({ app, fault, code, ...extra }, 'FCM cannot be reached');
    },
    tokenFailed({ fault, status, error }, inHand) {
      const extra = mayLog(fault);
      if (extra === undefined) return;
      const fields = { app, fault, status, error, ...extra };
      if (inHand) log.warn(fields, 'No new access token; the old one serves until it expires');
      else log.error(fields, 'No access token');
    },
  };
}
