import { apnsModule } from '@carillon/apns';
import { withUnifiedPush, type ProviderModule } from '@carillon/core';
import { fcmModule } from '@carillon/fcm';
import { webpushModule } from '@carillon/webpush';

/** Every push provider that Carillon knows. A new one is a package with such a module, named here. */
export const providers: readonly ProviderModule[] = [
  apnsModule,
  withUnifiedPush(fcmModule, webpushModule),
  webpushModule,
];
