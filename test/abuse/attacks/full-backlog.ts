import type { Attack } from '../attack.ts';
import type { Site } from '../site.ts';
import { smallApp } from '../site.ts';
import { again, fcmStranger, inTime, pushesTo, pushTo } from '../strangers.ts';

const friend = 'friend-of-the-small-app';
const refused = new WeakMap<Site, number>();

export const fullBacklog: Attack = {
  name: 'full-backlog',
  does: 'fills the backlog of an app, of 500 deliveries and 1 MiB, with large ones that wait for another try',
  async run(site, signal) {
    await site.rule('fcm', fcmStranger, { status: 503 });
    await untilItIsKnown(site);
    const ask = (count: number, type: string): object => {
      const { notification } = pushTo(smallApp, friend, count) as { notification: object };
      return { notification: { ...notification, event_id: `$friend-${type}-${count}`, type } };
    };
    await Promise.all([
      again(signal, 4, (count) => {
        const tokens = Array.from({ length: 20 }, (_, n) => `${fcmStranger}${count}:${n}`);
        return site.post(pushesTo(smallApp, tokens, count, 'b'.repeat(count % 2 === 0 ? 60_000 : 10)));
      }),
      inTime(signal, 10, async (count) => {
        const answer = await site.post(ask(count, count % 2 === 0 ? 'm.room.message' : 'm.call.invite'));
        if (answer?.status !== 200) refused.set(site, (refused.get(site) ?? 0) + 1);
      }),
    ]);
  },
  misses(_measured, site) {
    const count = refused.get(site) ?? 0;
    return count > 0 ? [`${count} pushes to a known phone of that app were refused`] : [];
  },
};

/** The app knows its phone soon after a push to it was accepted. */
async function untilItIsKnown(site: Site): Promise<void> {
  await site.post(pushTo(smallApp, friend, -1));
  while ((await site.redis.keys(`carillon:{*}${smallApp}/known`)).length === 0)
    await new Promise((resolve) => void setTimeout(resolve, 50));
}
