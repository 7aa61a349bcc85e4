import type { ProviderModule } from '@carillon/core';
import { fcmAnswers } from './answers/table.ts';
import { checkFcmSettings, fcmShape, obsoleteFcmKeys } from './config.ts';
import { trim } from './payload/trim.ts';
import { createFcmProvider } from './provider.ts';

export { fcmAnswers };

/** Apps of type `fcm` (`gcm` is read as the same): FCM's HTTP v1 API. */
export const fcmModule: ProviderModule<typeof fcmShape> = {
  types: ['fcm', 'gcm'],
  shape: fcmShape,
  check: checkFcmSettings,
  obsoleteKeys: obsoleteFcmKeys,
  trim,
  answers: fcmAnswers.rows,
  create: (app, context) => createFcmProvider(app, context),
};
