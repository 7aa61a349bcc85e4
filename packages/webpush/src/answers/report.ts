import type { Delivery, ProviderContext } from '@carillon/core';
import { redact } from './answer-facts.ts';
import type { WebPushAnswerRow } from './answer-row.ts';
import type { Reply } from '../connection/origin.ts';
import type { ServiceName } from '../connection/services.ts';

/** What one app's sender has to say, without secrets and without a line for each send. */
export interface Reporter {
  concluded(row: WebPushAnswerRow, delivery: Delivery, to?: ServiceName, reply?: Reply): void;
}

/** The same thing is logged once in so long; in between it is only counted. */
const quietMs = 10_000;

export function createReporter(app: string, { log, observer, fingerprint, now }: ProviderContext): Reporter {
  /** Keys come from closed sets: reasons of the table and names of services. */
  const said = new Map<string, { readonly at: number; withheld: number }>();

  function mayLog(key: string): { readonly withheld?: number } | undefined {
    const last = said.get(key);
    if (last !== undefined && now() - last.at < quietMs) {
      last.withheld += 1;
      return undefined;
    }
    said.set(key, { at: now(), withheld: 0 });
    return last !== undefined && last.withheld > 0 ? { withheld: last.withheld } : {};
  }

  return {
    concluded(row, { device }, to, reply) {
      if (row.unknown === true && reply?.kind === 'answer') observer.unknownAnswer(app, reply.status);
      if (row.log === 'debug') return;
      const extra = mayLog(`${row.reason} ${to}`);
      if (extra === undefined) return;
      log[row.log](
        {
          app,
          outcome: row.kind,
          reason: row.reason,
          fingerprint: fingerprint(device.pushkey),
          ...(to !== undefined && { service: to }),
          ...(reply?.kind === 'answer' && { status: reply.status, said: redact(reply.headers, reply.body) }),
          ...(row.cure !== undefined && { cure: row.cure }),
          ...extra,
        },
        `Web Push: ${row.meaning}`,
      );
    },
  };
}
