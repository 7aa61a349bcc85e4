import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { print, ring, takeOrders, wholeNumber } from '../program.ts';
import { startFakeWebPush } from './server.ts';
import type { WebPushAnswer } from './answers.ts';
import type { WebPushMessage } from './message.ts';

/**
 * The fake push service as a program, for demonstrations and benchmarks:
 *
 *   main.ts --dir DIR [--port N] [--latency-ms N] [--subscriptions N] [--print] [--ring-url URL]
 *
 * Writes `ca.pem`, `vapid.pem`, `subscriptions.json` and `webpush.json` (what an app of the configuration needs)
 * into DIR, then one line of JSON to stdout: `{"ready":true, …}`. With `--print` each accepted message is one more
 * line; with `--ring-url` it is POSTed there. A line such as `{"path":"/wp/…","answer":{"status":410}}` on stdin
 * fixes the answers of an endpoint; without `answer` it is as usual again. SIGTERM and SIGINT end it.
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '0' },
    'latency-ms': { type: 'string', default: '0' },
    subscriptions: { type: 'string', default: '1' },
    print: { type: 'boolean', default: false },
    'ring-url': { type: 'string' },
  },
});
if (values.dir === undefined) throw new Error('--dir DIR is missing: where the files are written');
const { 'ring-url': ringUrl } = values;

const directory = resolve(values.dir);
mkdirSync(directory, { recursive: true });
const service = await startFakeWebPush({
  port: wholeNumber('--port', values.port),
  latencyMs: wholeNumber('--latency-ms', values['latency-ms']),
  keep: false,
  dir: directory,
  ...((values.print || ringUrl !== undefined) && { onAccepted: tell }),
});
const caFile = join(directory, 'ca.pem');
const vapidFile = join(directory, 'vapid.pem');
const subscriptionsFile = join(directory, 'subscriptions.json');
copyFileSync(service.caFile, caFile);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
writeFileSync(vapidFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
const subscriptions = Array.from({ length: wholeNumber('--subscriptions', values.subscriptions) }, () => {
  const { pushkey, data } = service.makeSubscription();
  return { pushkey, data };
});
const unifiedPush = { pushkey: service.makeUnifiedPushEndpoint().pushkey };
writeFileSync(subscriptionsFile, `${JSON.stringify([...subscriptions, unifiedPush], null, 2)}\n`);
const settings = {
  url: service.origin,
  vapid_private_key: vapidFile,
  caFile,
  subscriptionsFile,
  allowed_endpoints: [new URL(service.origin).host],
  allow_private_endpoints: ['127.0.0.0/8', '::1/128'],
};
writeFileSync(join(directory, 'webpush.json'), `${JSON.stringify(settings, null, 2)}\n`);

takeOrders(
  (line) => {
    const { path, answer } = line as { path?: unknown; answer?: WebPushAnswer };
    if (typeof path !== 'string') throw new Error('"path" must be a string');
    service.script({ path }, answer);
    print({ scripted: path });
  },
  () => service.close(),
);
print({ ready: true, ...settings });

function tell({ path, ttl, urgency, topic, plaintext, at }: WebPushMessage): void {
  const shown = { path, ttl, urgency, topic, payload: JSON.parse(plaintext) as unknown, at };
  if (values.print) print(shown);
  if (ringUrl !== undefined) void ring(ringUrl, shown);
}
