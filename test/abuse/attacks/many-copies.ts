import type { Attack } from '../attack.ts';
import { unservedApp } from '../site.ts';
import { again, strangersPushkey } from '../strangers.ts';

/** As many as a request may have by default. */
const devices = 20;
/** Enough to tell the ratio, and not so many that Redis grows without end. */
const mostBytes = 60_000_000;
const mostPerByte = 3;

/** Each device keeps its own copy of what its phone can be shown. */
export const manyCopies: Attack = {
  name: 'many-copies',
  does: 'sends a notification of 250 kB, or one that just fits a phone, to as many devices as a request may have',
  async run(site, signal) {
    const before = site.bytesSent;
    await again(signal, 4, async (count) => {
      if (site.bytesSent - before > mostBytes) return new Promise((resolve) => void setTimeout(resolve, 50));
      const body = 'b'.repeat(count % 2 === 0 ? 250_000 : 3_500);
      return site.post({
        notification: {
          event_id: `$copies-${count}`,
          room_id: '!room:example.org',
          type: 'm.room.message',
          sender: '@stranger:example.org',
          content: { msgtype: 'm.text', body },
          devices: Array.from({ length: devices }, (_, n) => ({
            app_id: unservedApp,
            pushkey: strangersPushkey(`${count}-${n}`),
          })),
        },
      });
    });
  },
  misses: ({ redisBytes, sentBytes }) =>
    redisBytes <= mostPerByte * sentBytes
      ? []
      : [`Redis took ${redisBytes} bytes for ${sentBytes}, more than ${mostPerByte} for one`],
};
