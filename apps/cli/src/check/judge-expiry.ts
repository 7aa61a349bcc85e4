import type { ExpiringCredential } from '@carillon/core';
import type { Finding } from './finding.ts';

const dayMs = 86_400_000;
/** Time to renew without haste; the alert and the log begin at the same. */
const soonDays = 30;

/** How long a credential of an app lasts. */
export function judgeExpiry(
  app: string,
  { setting, file, expiresAt, cure }: ExpiringCredential,
  now: number,
): Finding {
  const what = `apps.${app}.${setting}`;
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  if (expiresAt <= now)
    return {
      kind: 'bad',
      what,
      detail: `${file} was valid until ${day}`,
      cure,
      exit: 'configuration',
      mayBeClock: true,
    };
  const days = Math.floor((expiresAt - now) / dayMs);
  const left = days === 1 ? '1 day' : `${days} days`;
  const detail = `${file} is valid until ${day}, ${left} left`;
  return days < soonDays ? { kind: 'warning', what, detail, cure } : { kind: 'good', what, detail };
}
