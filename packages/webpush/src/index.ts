import type { ProviderModule } from '@carillon/core';
import { webpushAnswers } from './answers/table.ts';
import { checkWebPushSettings, obsoleteWebPushKeys, webpushShape } from './config.ts';
import { trim } from './payload/trim.ts';
import { createWebPushProvider } from './provider.ts';
import { address, unusable } from './registration.ts';

export { webpushAnswers };

/** Apps of type `webpush`: browsers by RFC 8030, and UnifiedPush, told apart by the pushkey. */
export const webpushModule: ProviderModule<typeof webpushShape> = {
  types: ['webpush'],
  shape: webpushShape,
  check: checkWebPushSettings,
  obsoleteKeys: obsoleteWebPushKeys,
  unusable,
  address,
  trim,
  answers: webpushAnswers.rows,
  create: (app, context) => createWebPushProvider(app, context),
};
