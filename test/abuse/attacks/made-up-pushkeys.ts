import type { Attack } from '../attack.ts';
import { again, pushTo, strangersPushkey, strangersTokens } from '../strangers.ts';
import { realApps } from '../site.ts';

/** Of requests, far above the real traffic. */
const perSecond = 200;

export const madeUpPushkeys: Attack = {
  name: 'made-up-pushkeys',
  does: 'makes up pushkeys, ten times as many as the real traffic, of which the provider says that it does not know them',
  async run(site, signal) {
    await site.rule('apns', strangersTokens, { status: 400, reason: 'BadDeviceToken' });
    const startedAt = Date.now();
    await again(signal, 4, async (count) => {
      const early = startedAt + (count * 1_000) / perSecond - Date.now();
      if (early > 0) await new Promise((resolve) => void setTimeout(resolve, early));
      await site.post(pushTo(realApps.apns, strangersPushkey(`made up ${count}`), count));
    });
  },
};
