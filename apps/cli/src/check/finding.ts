import type { Exit } from '@carillon/runtime';

/** One line of the check's report. Some details name their cure themselves. */
export type Finding =
  | { readonly kind: 'good'; readonly what: string; readonly detail: string }
  /** Works, but not as it should. */
  | { readonly kind: 'warning'; readonly what: string; readonly detail: string; readonly cure?: string }
  | {
      readonly kind: 'bad';
      readonly what: string;
      readonly detail: string;
      readonly cure?: string;
      readonly exit: Extract<Exit, 'configuration' | 'unavailable'>;
    };

/** What is wrong with the configuration comes first: the rest may follow from it. */
export function exitOf(findings: readonly Finding[]): Exit {
  const hasBad = (exit: Exit): boolean =>
    findings.some((finding) => finding.kind === 'bad' && finding.exit === exit);
  if (hasBad('configuration')) return 'configuration';
  return hasBad('unavailable') ? 'unavailable' : 'ok';
}
