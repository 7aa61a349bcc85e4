import type { Attack } from '../attack.ts';
import { inTime, pushesTo, strangersPushkey, strangersTokens } from '../strangers.ts';
import { realApps } from '../phones.ts';

/** Of requests; with the devices of each, fifty times twenty deliveries a second. */
const perSecond = 100;
const devices = 10;

export const fiftyFold: Attack = {
  name: 'fifty-fold',
  does: 'pushes to 1,000 made-up pushkeys a second, fifty times the real traffic',
  async run(site, signal) {
    await site.rule('apns', strangersTokens, { status: 400, reason: 'BadDeviceToken' });
    await inTime(signal, perSecond, (count) => {
      const pushkeys = Array.from({ length: devices }, (_, n) => strangersPushkey(`fifty ${count} ${n}`));
      return site.post(pushesTo(realApps.apns, pushkeys, count));
    });
  },
};
