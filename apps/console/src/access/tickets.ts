import { randomBytes } from 'node:crypto';

/** Stands for a secret in a page, so that the page need not have it. Good for its visitor, and for a while. */
export interface Tickets {
  ticketFor(secret: string, key: string): string;
  /** The secret; undefined for a ticket of another visitor, and for one that is too old. */
  secretOf(ticket: string, key: string): string | undefined;
}

const lifeMs = 30 * 60_000;
/** Of the oldest, those beyond it end. */
const atMost = 100;

export function createTickets(now: () => number = Date.now): Tickets {
  /** In the order of issue. */
  const issued = new Map<string, { readonly secret: string; readonly key: string; readonly until: number }>();
  return {
    ticketFor(secret, key) {
      const ticket = randomBytes(16).toString('base64url');
      issued.set(ticket, { secret, key, until: now() + lifeMs });
      for (const [old, { until }] of issued) {
        if (until > now() && issued.size <= atMost) break;
        issued.delete(old);
      }
      return ticket;
    },
    secretOf(ticket, key) {
      const found = issued.get(ticket);
      return found !== undefined && found.key === key && found.until > now() ? found.secret : undefined;
    },
  };
}
