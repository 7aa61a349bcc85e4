import type { EventSink, ExpiringCredential } from '@carillon/core';
import type { Log, Metrics } from '@carillon/runtime';

/** Tells of certificates before they expire: as a metric, and as log lines that say what to do. */
export interface ExpiryWatch {
  /** To be called again and again, with every certificate in use. */
  look(credentials: readonly CredentialOfApp[]): void;
}

export interface CredentialOfApp extends ExpiringCredential {
  readonly app: string;
}

export interface ExpiryWatchOptions {
  readonly metrics: Pick<Metrics, 'setCredentialExpiries'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Absent where the operator's own system is told of nothing. */
  readonly events?: EventSink;
}

const dayMs = 86_400_000;
/** Each is told once; one that is found near its end, only the nearest. 0 is the end itself. */
const warnDaysBefore = [0, 1, 7, 30] as const;

export function createExpiryWatch({ metrics, log, now, events }: ExpiryWatchOptions): ExpiryWatch {
  let told = new Map<string, number>();

  return {
    look(credentials) {
      metrics.setCredentialExpiries(
        credentials.map(({ app, setting, expiresAt }) => ({
          app,
          credential: setting,
          seconds: expiresAt / 1_000,
        })),
      );
      const stillTold = new Map<string, number>();
      // Apps may share a file: what is said of it is said once.
      const files = Map.groupBy(
        credentials,
        ({ setting, file, expiresAt }) => `${setting} ${file} ${expiresAt}`,
      );
      for (const [name, [credential, ...others]] of files) {
        if (credential === undefined) continue; // a group has at least one
        const before = told.get(name) ?? Infinity;
        const leftMs = credential.expiresAt - now();
        const due = warnDaysBefore.find((days) => leftMs <= days * dayMs) ?? Infinity;
        if (due < before) tell(credential, others.length, leftMs);
        stillTold.set(name, Math.min(due, before));
      }
      told = stillTold;
    },
  };

  function tell(
    { app, setting, file, expiresAt, cure }: CredentialOfApp,
    otherApps: number,
    leftMs: number,
  ): void {
    const expires = new Date(expiresAt).toISOString();
    const fields = { app, ...(otherApps > 0 && { otherApps }), setting, file, expires, cure };
    events?.tell({ kind: 'credential.expiring', app, at: now(), facts: { setting, file, expires, cure } });
    if (leftMs <= 0) log.error(fields, 'a certificate has expired');
    else log.warn({ ...fields, daysLeft: Math.floor(leftMs / dayMs) }, 'a certificate expires soon');
  }
}
