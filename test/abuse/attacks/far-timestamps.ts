import type { Attack } from '../attack.ts';
import { fcmStranger, inTime, pushTo } from '../strangers.ts';
import { realApps } from '../phones.ts';

const pushkey = `${fcmStranger}far`;

export const farTimestamps: Attack = {
  name: 'far-timestamps',
  does: 'posts for a dead pushkey with a `pushkey_ts` of 2^53−1, so that no later registration would count',
  async run(site, signal) {
    await site.rule('fcm', fcmStranger, { status: 404, errorCode: 'UNREGISTERED' });
    await inTime(signal, 5, (count) => site.post(withTs(count, Number.MAX_SAFE_INTEGER)));
  },
  async misses(_measured, site) {
    await site.rule('fcm', fcmStranger, undefined);
    const answer = await site.post(withTs(-1, Math.ceil(Date.now() / 1_000) + 1));
    return answer?.status === 200 && answer.rejected.length === 0
      ? []
      : [`a later registration was answered ${JSON.stringify(answer)}`];
  },
};

function withTs(count: number, pushkeyTs: number): object {
  const { notification } = pushTo(realApps.fcm, pushkey, count) as { notification: object };
  const devices = [{ app_id: realApps.fcm, pushkey, pushkey_ts: pushkeyTs }];
  return { notification: { ...notification, devices } };
}
