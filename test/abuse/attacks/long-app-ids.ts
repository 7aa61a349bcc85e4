import type { Attack } from '../attack.ts';
import { again } from '../strangers.ts';

/** What a glob such as `com.*.ios.*.dev` could try to match in many ways. */
const almost = (length: number): string => `com${'.ios.x'.repeat(length / 6)}`;

export const longAppIds: Attack = {
  name: 'long-app-ids',
  does: 'names apps by 240 kB, or by the 255 bytes that are allowed, that almost match a glob',
  async run(site, signal) {
    await again(signal, 4, (count) =>
      site.post({
        notification: {
          event_id: `$app-${count}`,
          devices: [{ app_id: `${almost(count % 2 === 0 ? 240_000 : 240)}${count % 1_000}`, pushkey: 'p' }],
        },
      }),
    );
  },
};
