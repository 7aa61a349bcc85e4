import { hash, randomBytes } from 'node:crypto';

/** Who has signed in, by the value of their cookie. A new process knows nobody. */
export interface Sessions {
  /** The value of the cookie. */
  open(user: string): string;
  /** The user; undefined for a session that has ended or never was. */
  userOf(value: string): string | undefined;
  close(value: string): void;
}

export const sessionSeconds = 12 * 3_600;
/** Of the oldest, those beyond it end. */
const atMost = 1_000;

export function createSessions(now: () => number = Date.now): Sessions {
  /** By hash, so that nobody who reads the memory, or measures a look-up, has a cookie. In the order of opening. */
  const open = new Map<string, { readonly user: string; readonly until: number }>();
  return {
    open(user) {
      const value = randomBytes(32).toString('base64url');
      open.set(hash('sha256', value), { user, until: now() + sessionSeconds * 1_000 });
      for (const [key, { until }] of open) {
        if (until > now() && open.size <= atMost) break;
        open.delete(key);
      }
      return value;
    },
    userOf(value) {
      const session = open.get(hash('sha256', value));
      return session !== undefined && session.until > now() ? session.user : undefined;
    },
    close(value) {
      open.delete(hash('sha256', value));
    },
  };
}
