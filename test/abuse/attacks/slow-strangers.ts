import type { Attack } from '../attack.ts';
import { again, pushTo, strangersPushkey, strangersTokens } from '../strangers.ts';
import { realApps } from '../phones.ts';

export const slowStrangers: Attack = {
  name: 'slow-strangers',
  does: 'has pushkeys that the provider is busy with for ever, and pushes to them as fast as the door takes it',
  async run(site, signal) {
    await site.rule('apns', strangersTokens, { status: 503, reason: 'ServiceUnavailable' });
    await again(signal, 8, (count) =>
      site.post(pushTo(realApps.apns, strangersPushkey(count % 5_000), count)),
    );
  },
};
