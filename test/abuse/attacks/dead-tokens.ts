import type { Attack } from '../attack.ts';
import { fcmStranger, inTime, pushesTo } from '../strangers.ts';
import { realApps } from '../phones.ts';

const mostDays = 3;
/** With the deliveries that are under way. */
const mostBytesEach = 1_500;
const devices = 10;

export const deadTokens: Attack = {
  name: 'dead-tokens',
  does: 'makes up tokens of which Google says that they are not registered, and asks for them again',
  async run(site, signal) {
    await site.rule('fcm', fcmStranger, { status: 404, errorCode: 'UNREGISTERED' });
    await inTime(signal, 20, (count) => {
      const round = Math.floor(count / 2);
      const tokens = Array.from({ length: devices }, (_, n) => `${fcmStranger}${round}:${n}`);
      return site.post(pushesTo(realApps.fcm, tokens, count));
    });
  },
  async misses({ redisBytes }, site) {
    const keys = await site.redis.keys('carillon:{*}dead:*');
    const lives = await Promise.all(keys.map((key) => site.redis.pttl(key)));
    return [
      ...(keys.length === 0 ? ['nothing was rejected'] : []),
      ...(lives.some((life) => life > mostDays * 86_400_000)
        ? [`a rejection lives longer than ${mostDays} days`]
        : []),
      ...(redisBytes > keys.length * mostBytesEach + 1_000_000
        ? [`Redis took ${redisBytes} bytes for ${keys.length} rejections`]
        : []),
    ];
  },
};
