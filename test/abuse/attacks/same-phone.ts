import type { Attack } from '../attack.ts';
import type { Site } from '../site.ts';
import { inTime, pushesTo } from '../strangers.ts';
import { realApps } from '../phones.ts';

const victim = 'victim-of-many-rings';
const asked = new WeakMap<Site, { events: number; from: number }>();
const testPush = '$THIS_IS_A_FAKE_EVENT_ID';

export const samePhone: Attack = {
  name: 'same-phone',
  does: 'names one phone twenty times in a request, and sends it the test push again and again',
  async run(site, signal) {
    const count = { events: 0, from: Date.now() };
    asked.set(site, count);
    await inTime(signal, 4, async (number) => {
      const twenty = Array.from({ length: 20 }, () => victim);
      const answer = await site.post(pushesTo(realApps.fcm, twenty, number));
      if (answer?.status === 200) count.events += 1;
      const { notification } = pushesTo(realApps.fcm, [victim], number) as { notification: object };
      void site.post({ notification: { ...notification, event_id: testPush } }); // waits for its outcome
    });
  },
  misses(_measured, site) {
    const { events, from } = asked.get(site) ?? { events: 0, from: 0 };
    const rings = site.providers.fcm.lines
      .filter((line) => line.includes(victim))
      .map((line) => JSON.parse(line) as { event: string });
    const tests = rings.filter(({ event }) => event === testPush).length;
    const mostTests = 4 + Math.ceil((Date.now() - from) / 20_000);
    return [
      ...(tests > mostTests ? [`${tests} test pushes rang, more than ${mostTests}`] : []),
      ...(rings.length - tests > events ? [`${rings.length - tests} rings for ${events} requests`] : []),
    ];
  },
};
