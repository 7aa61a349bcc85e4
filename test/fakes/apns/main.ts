import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Answer, ReceivedRequest } from './answer.ts';
import { print, ring, takeOrders, wholeNumber } from '../program.ts';
import { defaultTopic, startFakeApns } from './server.ts';

/**
 * The stand-in as a program, for demonstrations and benchmarks:
 *
 *   main.ts --port N --latency-ms N --dir DIR [--topic ID] [--stream-limit N] [--print] [--ring-url URL]
 *
 * Writes `ca.pem`, `AuthKey.p8` and `apns.json` (what an app of the configuration needs) into DIR, then one line of
 * JSON to stdout: `{"ready":true, …}`. With `--print` each accepted notification is one more line; with `--ring-url`
 * it is POSTed there. A line such as `{"token":"…","answer":{"status":410,"reason":"Unregistered"}}` on stdin fixes
 * the answers of a device token, or with `*` of all others; without `answer` it is as usual again. SIGTERM and SIGINT end it.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'latency-ms': { type: 'string', default: '0' },
    dir: { type: 'string' },
    topic: { type: 'string', default: defaultTopic },
    'stream-limit': { type: 'string', default: '1000' },
    print: { type: 'boolean', default: false },
    'ring-url': { type: 'string' },
  },
});
if (values.dir === undefined)
  throw new Error('--dir is missing: where to write ca.pem, AuthKey.p8 and apns.json');

const { topic, 'ring-url': ringUrl } = values;
const tellsOfEach = values.print || ringUrl !== undefined;
const directory = resolve(values.dir);
mkdirSync(directory, { recursive: true });
const apns = await startFakeApns({
  port: wholeNumber('--port', values.port),
  latencyMs: wholeNumber('--latency-ms', values['latency-ms']),
  streamLimit: wholeNumber('--stream-limit', values['stream-limit']),
  topics: [topic],
  inspect: false,
  dir: directory,
  ...(tellsOfEach && { onAccepted: tell }),
});

const caFile = join(directory, 'ca.pem');
const keyfile = join(directory, 'AuthKey.p8');
copyFileSync(apns.caFile, caFile);
copyFileSync(apns.signingKey.keyfile, keyfile);
const { keyId, teamId } = apns.signingKey;
const settings = { url: apns.url, key_id: keyId, team_id: teamId, topic, caFile, keyfile };
writeFileSync(join(directory, 'apns.json'), `${JSON.stringify(settings, null, 2)}\n`);

takeOrders(
  (line) => {
    const { token, answer } = line as { token?: unknown; answer?: Answer };
    if (typeof token !== 'string') throw new Error('"token" must be a string');
    apns.script(token, answer);
    print({ scripted: token });
  },
  () => apns[Symbol.asyncDispose](),
);
print({ ready: true, ...settings });

function tell({ token, headers, payload, at }: ReceivedRequest): void {
  const shown = {
    token,
    push_type: headers['apns-push-type'],
    priority: headers['apns-priority'],
    topic: headers['apns-topic'],
    apns_id: headers['apns-id'],
    payload,
    at,
  };
  if (values.print) print(shown);
  if (ringUrl !== undefined) void ring(ringUrl, shown);
}
