import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AppConfig } from '@carillon/runtime';
import type { Finding } from './finding.ts';

const dayMs = 86_400_000;
/** Time to renew without haste; Apple's certificates live 13 months. */
const soonDays = 30;

/** When the certificate ends that an app presents. Those that it trusts may be many, and speak up when they do not fit. */
export function certificateExpiry({ name, settings }: AppConfig, now: number): readonly Finding[] {
  const { certfile } = settings;
  const certificate = typeof certfile === 'string' ? certificateIn(certfile) : undefined;
  return certificate === undefined ? [] : judge(`apps.${name}.certfile`, certificate, now);
}

function judge(what: string, certificate: X509Certificate, now: number): readonly Finding[] {
  const until = certificate.validToDate;
  const days = Math.floor((until.getTime() - now) / dayMs);
  if (days < 0) return []; // its provider has refused it
  const whose = /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? 'our certificate';
  const left = days === 1 ? '1 day' : `${days} days`;
  const detail = `${whose}: valid until ${until.toISOString().slice(0, 10)}, ${left} left`;
  return days < soonDays
    ? [
        {
          kind: 'warning',
          what,
          detail,
          cure: 'renew it before that day: after it every send of the app fails',
        },
      ]
    : [{ kind: 'good', what, detail }];
}

/** None of a file that cannot be read or is something else: whoever needs it has said so. */
function certificateIn(path: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(path));
  } catch {
    return undefined;
  }
}
