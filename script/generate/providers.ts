import { apnsAnswers, apnsModule } from '@carillon/apns';
import type { Backoff, OutcomeKind, ProviderModule } from '@carillon/core';
import { fcmAnswers, fcmModule } from '@carillon/fcm';
import { webpushAnswers, webpushModule } from '@carillon/webpush';

/** What the documentation tells of one answer. The rows of every provider's own table have this form. */
export interface AnswerRow {
  readonly answer: string;
  readonly meaning: string;
  readonly kind: OutcomeKind;
  readonly reason: string;
  readonly log: string;
  readonly source: string;
  readonly sent: boolean;
  readonly suspect?: boolean | 'origin';
  readonly later?: { readonly backoff: Backoff; readonly spendsAttempt: boolean };
  readonly cure?: string;
  readonly speaksFor?: 'app' | 'registration';
  /** How it is sent once more before the outcome counts. */
  readonly resend?: string;
  readonly renewToken?: boolean;
  readonly unknown?: boolean;
}

export interface DocumentedProvider {
  readonly title: string;
  readonly module: ProviderModule;
  readonly answers: readonly AnswerRow[];
}

/** In the order of the pages. A test holds this list against the providers that the command knows. */
export const providers: readonly DocumentedProvider[] = [
  { title: 'APNs', module: apnsModule, answers: apnsAnswers },
  { title: 'FCM', module: fcmModule, answers: fcmAnswers },
  { title: 'Web Push', module: webpushModule, answers: webpushAnswers },
];
