import { createECDH, randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { inTime, pushTo } from '../strangers.ts';
import { browsersAt, realApps } from '../phones.ts';

export const randomHosts: Attack = {
  name: 'random-hosts',
  does: 'registers browsers at random hosts under an allowed glob, and pushes to 100 of them a second',
  async run(site, signal) {
    const [browser] = browsersAt('real', site.dir);
    const port = new URL(browser?.data?.endpoint ?? '').port;
    await inTime(signal, 5, (count) => {
      const devices = Array.from({ length: 20 }, (_, n) => madeUp(port, count * 20 + n));
      const { notification } = pushTo(realApps.webpush, 'random', count) as { notification: object };
      return site.post({ notification: { ...notification, devices } });
    });
  },
};

/** Half of the hosts have a wrong certificate, and nothing listens at the port of the others. */
function madeUp(port: string, number: number): object {
  const host = `127.${1 + (number % 250)}.${Math.floor(number / 250) % 250}.7`;
  const ecdh = createECDH('prime256v1');
  return {
    app_id: realApps.webpush,
    pushkey: ecdh.generateKeys('base64url'),
    data: {
      endpoint: `https://${host}:${number % 2 === 0 ? port : '1'}/wp/${number}`,
      auth: randomBytes(16).toString('base64url'),
    },
  };
}
