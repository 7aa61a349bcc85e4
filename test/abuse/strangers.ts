import { createHash } from 'node:crypto';
import type { AbuseDevice } from './phones.ts';

/** What an APNs stand-in sees of a stranger's pushkey begins so. */
export const strangersTokens = '5a5a';
/** A stranger's pushkeys of an FCM app begin so. */
export const fcmStranger = 'stranger:';

/** A device token of a phone that nobody has, as a pushkey of an APNs app. */
export function strangersPushkey(name: string | number): string {
  const hash = createHash('sha256').update(`stranger ${name}`).digest('hex').slice(strangersTokens.length);
  return Buffer.from(strangersTokens + hash, 'hex').toString('base64');
}

/** An event of its own for one pushkey. */
export function pushTo(appId: string, pushkey: string, count: number): object {
  return pushesTo(appId, [pushkey], count);
}

/** An event of its own for several. */
export function pushesTo(appId: string, pushkeys: readonly string[], count: number, body = 'b'): object {
  return pushesToDevices(
    pushkeys.map((pushkey) => ({ app_id: appId, pushkey })),
    count,
    body,
  );
}

export function pushesToDevices(devices: readonly AbuseDevice[], count: number, body = 'b'): object {
  return {
    notification: {
      event_id: `$stranger-${count}-${devices[0]?.pushkey.slice(-12)}`,
      room_id: '!room:example.org',
      type: 'm.room.message',
      sender: '@stranger:example.org',
      content: { msgtype: 'm.text', body },
      devices,
    },
  };
}

/** Does something so many times a second, four at a time, until the signal aborts. */
export function inTime(
  signal: AbortSignal,
  perSecond: number,
  once: (count: number) => Promise<unknown>,
): Promise<void> {
  const startedAt = Date.now();
  let next = 0;
  return again(signal, 4, async () => {
    const count = next++;
    const early = startedAt + (count * 1_000) / perSecond - Date.now();
    if (early > 0) await new Promise((resolve) => void setTimeout(resolve, early));
    if (!signal.aborted) await once(count);
  });
}

/** Does something again and again, so many at a time, until the signal aborts. */
export async function again(
  signal: AbortSignal,
  atOnce: number,
  once: (count: number) => Promise<unknown>,
): Promise<void> {
  let count = 0;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) await once(count++);
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
}
