import type { Attack } from '../attack.ts';
import { inTime, pushTo, strangersPushkey, strangersTokens } from '../strangers.ts';
import { realApps } from '../phones.ts';

/** Of requests, far above the real traffic. */
const perSecond = 200;

export const madeUpPushkeys: Attack = {
  name: 'made-up-pushkeys',
  does: 'makes up pushkeys, ten times as many as the real traffic, of which the provider says that it does not know them',
  async run(site, signal) {
    await site.rule('apns', strangersTokens, { status: 400, reason: 'BadDeviceToken' });
    await inTime(signal, perSecond, (count) =>
      site.post(pushTo(realApps.apns, strangersPushkey(`made up ${count}`), count)),
    );
  },
};
