import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSite, unservedApp, type Site } from '../abuse/site.ts';
import { strangersPushkey } from '../abuse/strangers.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const requests = 150;
/** As many as a request may have by default. */
const devices = 20;
let pushkeys = 0;

/** A notify of one event, as JSON, to so many devices that nobody has. */
function notifyOf(content: string, device: object, to = devices, names: object = {}): string {
  const all = Array.from({ length: to }, () => ({
    app_id: unservedApp,
    pushkey: strangersPushkey(pushkeys++),
    ...device,
  }));
  return (
    `{"notification":{"event_id":"$${pushkeys}","room_id":"!r:x","type":"m.room.message","sender":"@s:x",` +
    `"content":${content},"devices":${JSON.stringify(all)},${JSON.stringify(names).slice(1, -1) || '"x":0'}}}`
  );
}

/** Bytes that Redis holds for these requests, and bytes of their bodies. */
async function weigh(
  request: (n: number) => string,
): Promise<{ readonly held: number; readonly sent: number }> {
  const [sentBefore, heldBefore] = [site.bytesSent, await site.redisBytes()];
  for (let n = 0; n < requests; n += 10)
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => expect((await site.post(request(n + i)))?.status).toBe(200)),
    );
  return { held: (await site.redisBytes()) - heldBefore, sent: site.bytesSent - sentBefore };
}

const text = (length: number): string => JSON.stringify({ msgtype: 'm.text', body: 'b'.repeat(length) });
const keyed = (length: number): object =>
  Object.fromEntries(Array.from({ length: length / 10 }, (_, n) => [`k${n}`, 'vvv']));

// Invariant 14.
test.each<[string, () => string]>([
  ['content that just fits a phone', () => notifyOf(text(3_800), {})],
  ['content that just fits a phone, to two devices', () => notifyOf(text(3_800), {}, 2)],
  ['names as long as they may be', () => notifyOf(text(10), {}, devices, { room_name: 'n'.repeat(5_000) })],
  ['content that no phone is shown', () => notifyOf(text(200_000), {})],
  ['a body of lists', () => notifyOf(`{"msgtype":"m.text","body":[${'[],'.repeat(1_500)}1]}`, {})],
  [
    'numbers that grow when they are written',
    () => notifyOf(`{"msgtype":"m.text","body":[${'1e20,'.repeat(800)}1]}`, {}),
  ],
  [
    'a default_payload of its own for each device',
    () => notifyOf(text(10), { data: { default_payload: keyed(3_000) } }),
  ],
  ['data of its own for each device', () => notifyOf(text(10), { data: keyed(8_000) })],
  ['tweaks of its own for each device', () => notifyOf(text(10), { tweaks: keyed(20_000) }, 2)],
  ['the longest pushkeys', () => notifyOf(text(10), { pushkey: `${pushkeys++}${'p'.repeat(2_000)}` }, 1)],
])('Redis holds three bytes at most for each byte of a stranger: %s', async (_name, request) => {
  const { held, sent } = await weigh(request);
  expect(held / sent).toBeLessThanOrEqual(3);
  expect(held).toBeGreaterThan(0);
});

test('of the smallest requests, each delivery costs less than a kilobyte', async () => {
  const { held } = await weigh(() => notifyOf('{}', {}, 1));
  expect(held / requests).toBeLessThan(1_000);
});
