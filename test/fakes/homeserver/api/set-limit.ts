import type { User } from '../world/users.ts';
import { MatrixError } from './matrix-error.ts';

const minute = 60_000;

/** Lets each user set so many pushers in any minute; throws the 429 of Matrix for more. 0: without a limit. */
export function createSetLimit(perMinute: number): (user: User) => void {
  const times = new Map<User, readonly number[]>();
  return (user) => {
    if (perMinute === 0) return;
    const now = Date.now();
    const recent = (times.get(user) ?? []).filter((at) => at > now - minute);
    const [first = now] = recent;
    if (recent.length >= perMinute) {
      const waitMs = first + minute - now;
      throw new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too many requests', { retry_after_ms: waitMs });
    }
    times.set(user, [...recent, now]);
  };
}
