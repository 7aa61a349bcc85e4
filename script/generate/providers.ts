import { apnsAnswers, apnsModule } from '@carillon/apns';
import { withUnifiedPush, type ProviderModule } from '@carillon/core';
import { fcmAnswers, fcmModule } from '@carillon/fcm';
import type { AnswerRow } from '@carillon/sending';
import { webpushAnswers, webpushModule } from '@carillon/webpush';

export interface DocumentedProvider {
  readonly title: string;
  readonly module: ProviderModule;
  readonly answers: readonly AnswerRow[];
}

/** In the order of the pages. A test holds this list against the providers that the command knows. */
export const providers: readonly DocumentedProvider[] = [
  { title: 'APNs', module: apnsModule, answers: apnsAnswers.rows },
  { title: 'FCM', module: withUnifiedPush(fcmModule, webpushModule), answers: fcmAnswers.rows },
  { title: 'Web Push', module: webpushModule, answers: webpushAnswers.rows },
];
