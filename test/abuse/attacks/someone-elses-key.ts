import type { Attack } from '../attack.ts';
import { inTime, pushesToDevices } from '../strangers.ts';
import { browsersAt, pushServers } from '../phones.ts';

export const someoneElsesKey: Attack = {
  name: 'someone-elses-key',
  does: 'registers the keys of real browsers with endpoints of its own, which answer 410',
  async run(site, signal) {
    await site.rule('webpush', pushServers.stealing, { status: 410 });
    const browsers = browsersAt('stealing', site.dir);
    await inTime(signal, 5, (count) => {
      const first = (count * 10) % browsers.length;
      return site.post(pushesToDevices(browsers.slice(first, first + 10), count));
    });
  },
};
