import type { Attack } from '../attack.ts';
import { inTime, pushesToDevices } from '../strangers.ts';
import { browsersAt, pushServers } from '../phones.ts';

/** While it rests, a few probes of it and one try of each endpoint that was in flight. */
const mostRequests = 40;

export const throttlingServer: Attack = {
  name: 'throttling-server',
  does: 'has a push server that answers 429 with `Retry-After: 60` to each of its 50 endpoints',
  async run(site, signal) {
    const answer = { status: 429, headers: { 'retry-after': '60' } };
    await site.rule('webpush', pushServers.throttling, answer);
    const browsers = browsersAt('throttling', site.dir);
    await inTime(signal, 10, (count) => site.post(pushesToDevices(browsers.slice(0, 20), count)));
  },
  misses(_measured, site) {
    const { lines } = site.providers.webpush;
    const requests = lines.filter((line) => line.includes(`"push":"${pushServers.throttling}`)).length;
    return requests > mostRequests ? [`it was asked ${requests} times, more than ${mostRequests}`] : [];
  },
};
