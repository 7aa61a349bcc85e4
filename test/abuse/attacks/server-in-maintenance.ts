import type { Attack } from '../attack.ts';
import { inTime, pushesToDevices } from '../strangers.ts';
import { browsersAt, pushServers } from '../phones.ts';

export const serverInMaintenance: Attack = {
  name: 'server-in-maintenance',
  does: 'has a push server whose endpoints took pushes a moment ago, and are all answered 404 by a proxy',
  async run(site, signal) {
    const browsers = browsersAt('inMaintenance', site.dir).slice(0, 20);
    await site.post(pushesToDevices(browsers, -1));
    await site.providers.webpush.nextLine(({ push, taken }) => isThere(push) && taken === true);
    await site.rule('webpush', pushServers.inMaintenance, { status: 404 });
    await inTime(signal, 2, (count) => site.post(pushesToDevices(browsers, count)));
  },
  async misses(_measured, site) {
    const answer = await site.post(pushesToDevices(browsersAt('inMaintenance', site.dir).slice(0, 20), -2));
    return answer?.rejected.length === 0 ? [] : [`its endpoints were rejected: ${answer?.rejected.length}`];
  },
};

function isThere(push: unknown): boolean {
  return typeof push === 'string' && push.startsWith(pushServers.inMaintenance);
}
