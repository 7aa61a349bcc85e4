import type { Attack } from '../attack.ts';
import { inTime, pushesToDevices } from '../strangers.ts';
import { browsersAt, pushServers } from '../phones.ts';

const secret = 'a-text-that-nobody-else-may-read';

export const echoingServer: Attack = {
  name: 'echoing-server',
  does: 'has a push server that answers 400 with what it was sent, in clear',
  async run(site, signal) {
    await site.rule('webpush', pushServers.echoing, 'echo');
    const browsers = browsersAt('echoing', site.dir);
    await inTime(signal, 5, (count) => site.post(pushesToDevices(browsers.slice(0, 10), count, secret)));
  },
  misses: (_measured, site) =>
    [site.worker, site.ingress].some(({ lines }) => lines.some((line) => line.includes(secret)))
      ? ['its texts are in our log']
      : [],
};
