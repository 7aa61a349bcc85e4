import type { ProviderModule } from '@carillon/core';
import { checkFcmSettings, fcmShape, obsoleteFcmKeys } from './config.ts';
import { trim } from './payload/trim.ts';
import { createFcmProvider } from './provider.ts';

export { fcmAnswers } from './answers/table.ts';

/** Apps of type `fcm` (`gcm` is read as the same): FCM's HTTP v1 API. */
export const fcmModule: ProviderModule<typeof fcmShape> = {
  types: ['fcm', 'gcm'],
  shape: fcmShape,
  check: checkFcmSettings,
  obsoleteKeys: obsoleteFcmKeys,
  trim,
  create: (app, context) => createFcmProvider(app, context),
};
