import type { Attack } from '../attack.ts';
import { fcmStranger, pushTo, again, strangersPushkey, strangersTokens } from '../strangers.ts';
import { realApps } from '../phones.ts';

/** Google says it of an iOS token of the same project, Apple of a token and a topic that do not belong together. */
const answers = {
  fcm: { status: 401, errorCode: 'THIRD_PARTY_AUTH_ERROR' },
  apns: { status: 400, reason: 'TopicDisallowed' },
};

export const onePhonesFault: Attack = {
  name: 'one-phones-fault',
  does: 'has pushkeys of which the provider says what sounds like a mistake of the operator',
  async run(site, signal) {
    await Promise.all([
      site.rule('fcm', fcmStranger, answers.fcm),
      site.rule('apns', strangersTokens, answers.apns),
    ]);
    await again(signal, 2, async (count) => {
      await site.post(pushTo(realApps.fcm, `${fcmStranger}${count % 50}`, count));
      await site.post(pushTo(realApps.apns, strangersPushkey(count % 50), count));
    });
  },
};
