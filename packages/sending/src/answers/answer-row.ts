import type { Dead, Later, Misconfigured } from '@carillon/core';

/** One answer of a provider, or what happened instead of one, and all that follows from it. */
export type AnswerRow<Fault extends string = string, Word extends string = string> = AnswerNotes &
  AnswerEnd & {
    /** What of an answer it is about; of the rows that fit, the first decides. */
    readonly when: WhenAnswered<Word> | { readonly fault: Fault };
    /** Metric label: the provider's own word where it has one, ours in snake case otherwise. */
    readonly reason: string;
    /** The page of the provider that says so. */
    readonly source: string;
    /** Whether the push may have left this process for the provider. */
    readonly sent: boolean;
  };

export interface AnswerNotes {
  /** The answer in words, for the documentation. */
  readonly answer: string;
  readonly meaning: string;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  /** Worth one more send before the outcome counts. */
  readonly resend?: Resend;
  /** A wrong clock of ours brings the same answer. */
  readonly mayBeClock?: boolean;
  /** In nobody's documentation: counted, so that somebody notices. */
  readonly unknown?: boolean;
}

/** The outcome, and what that kind of outcome needs. */
export type AnswerEnd =
  | { readonly kind: 'delivered' | 'refused' }
  | {
      readonly kind: 'dead';
      readonly suspect: Dead['suspect'];
      /** For a wave of it. */ readonly cure?: string;
    }
  | {
      readonly kind: 'later';
      readonly later: LaterTerms;
      /** What the operator can do where more than waiting helps. */
      readonly cure?: string;
    }
  | {
      readonly kind: 'misconfigured';
      readonly cure: string;
      readonly speaksFor: Misconfigured['speaksFor'];
    };

export type LaterTerms = Pick<Later, 'backoff' | 'scope' | 'spendsTry' | 'deadAfterMs'>;

/** What has to change before the same push is sent once more. */
export type Resend =
  /** Nothing: it was surely not processed. */
  | 'at_once'
  /** The connection is spoilt. */
  | 'new_connection'
  /** Our token is no longer taken: get another one. */
  | 'new_token'
  /** Too many tokens: take the one before, sign no other for a while; a new connection. */
  | 'older_token';

export interface WhenAnswered<Word extends string = string> {
  /** HTTP status, or the first and last of a range. */
  readonly status: number | readonly [first: number, last: number];
  /** What the answer says beside its status; absent: whatever it is. */
  readonly word?: Word | readonly Word[];
  /** What tells causes of one word apart; absent: whatever it is. */
  readonly detail?: string;
}

/** What of an HTTP answer the rows go by. */
export interface AnswerFacts<Word extends string = string> {
  readonly status: number;
  readonly word?: Word;
  readonly detail?: string;
}

/** The `source` of what is ours and no provider's. */
export const own = 'docs/outcomes.md';

/** The row of what happens instead of an answer. */
export function fault<Fault extends string>(
  name: Fault,
  row: AnswerNotes & AnswerEnd & { readonly sent: boolean; readonly source?: string },
): AnswerRow<Fault, never> {
  return { when: { fault: name }, reason: name, source: own, ...row };
}
