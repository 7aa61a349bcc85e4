import type { Exit } from '@carillon/runtime';

/** One line of the check's report. Some details name their cure themselves. */
export type Finding =
  | { readonly kind: 'good'; readonly what: string; readonly detail: string }
  /** Works, but not as it should. */
  | { readonly kind: 'warning'; readonly what: string; readonly detail: string; readonly cure?: string }
  | BadFinding;

export interface BadFinding {
  readonly kind: 'bad';
  readonly what: string;
  readonly detail: string;
  readonly cure?: string;
  readonly exit: Extract<Exit, 'configuration' | 'unavailable'>;
  /** A wrong clock of this machine brings the same. */
  readonly mayBeClock?: boolean;
}

/** Which look a finding comes from: a closed set, for machines (`--json`). */
export type CheckName =
  /** The configuration file. */
  | 'configuration'
  /** Credentials and other files of the apps: readable, of the right kind, fitting together. */
  | 'credentials'
  /** When certificates end. */
  | 'expiry'
  | 'redis'
  /** This machine's clock, against those of Redis and the providers. */
  | 'clock'
  /** Names, ports, proxy and TLS on the way to a provider. */
  | 'reach'
  /** A send to a made-up device: what the provider says to the credentials. */
  | 'dry_run'
  /** Apps that are parked, or held by their breaker. */
  | 'parked'
  /** Lanes that an operator has paused. */
  | 'paused'
  /** What waits, and for how long. */
  | 'queue'
  /** Whether anybody takes from the queues. */
  | 'workers'
  | 'dead_letters';

export type CheckedFinding = Finding & { readonly check: CheckName };

export function checked(check: CheckName, findings: readonly Finding[]): readonly CheckedFinding[] {
  return findings.map((finding) => ({ check, ...finding }));
}

/** What is wrong with the configuration comes first: the rest may follow from it. */
export function exitOf(findings: readonly Finding[]): Exit {
  const hasBad = (exit: Exit): boolean =>
    findings.some((finding) => finding.kind === 'bad' && finding.exit === exit);
  if (hasBad('configuration')) return 'configuration';
  return hasBad('unavailable') ? 'unavailable' : 'ok';
}
