import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Keeps pages of other sites from sending forms here in the name of a visitor (CSRF): a form is taken only if the
 * browser says that it stands on a page of this console, and if it has the token that only such a page knows.
 */
export interface FormGuard {
  /** For a hidden field. */
  tokenFor(key: string): string;
  isOurs(request: IncomingMessage, key: string, token: string): boolean;
}

/** The key of those who have not signed in. */
export const nobody = 'nobody';

export function createFormGuard(): FormGuard {
  const secret = randomBytes(32);
  const tokenFor = (key: string): string => createHmac('sha256', secret).update(key).digest('base64url');
  return {
    tokenFor,
    isOurs({ headers: { origin, host } }, key, token) {
      // Browsers send it with each POST, and no page can forge it.
      if (origin === undefined || host === undefined || URL.parse(origin)?.host !== host) return false;
      const [given, right] = [token, tokenFor(key)].map((text) => Buffer.from(text));
      return given !== undefined && right?.length === given.length && timingSafeEqual(given, right);
    },
  };
}
