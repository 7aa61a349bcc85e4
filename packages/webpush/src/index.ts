import type { ProviderModule } from '@carillon/core';
import { checkWebPushSettings, obsoleteWebPushKeys, webpushShape } from './config.ts';
import { trim } from './payload/trim.ts';
import { createWebPushProvider } from './provider.ts';
import { address, unusable } from './registration.ts';

export { webpushAnswers } from './answers/table.ts';

/** Apps of type `webpush`: browsers by RFC 8030, and UnifiedPush, told apart by the pushkey. */
export const webpushModule: ProviderModule<typeof webpushShape> = {
  types: ['webpush'],
  shape: webpushShape,
  check: checkWebPushSettings,
  obsoleteKeys: obsoleteWebPushKeys,
  unusable,
  address,
  trim,
  create: (app, context) => createWebPushProvider(app, context),
};
