import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Answer } from '../fakes/apns/answer.ts';
import { startFakeApns } from '../fakes/apns/server.ts';
import type { FcmAnswer } from '../fakes/fcm/answers.ts';
import { startFakeFcm } from '../fakes/fcm/server.ts';
import type { WebPushAnswer } from '../fakes/webpush/answers.ts';
import { startFakeWebPush } from '../fakes/webpush/server.ts';
import { newReceiverKeys, type Subscription } from '../fakes/webpush/subscription.ts';
import { phones, pushServers } from './phones.ts';

/**
 * A stand-in provider for attacks, as a program:
 *
 *   provider.ts --type apns|fcm|webpush --dir DIR
 *
 * Prints the settings of an app as one line of JSON, then one line for each push: its token, its event, and whether it
 * was taken. A line such as `{"prefix": "5a", "answer": {"status": 410, "reason": "Unregistered"}}` on the standard
 * input fixes the answer to all tokens that begin so; without `answer` they are taken again. A token of Web Push is the
 * endpoint without its scheme.
 */
const { values } = parseArgs({
  options: { type: { type: 'string' }, dir: { type: 'string', default: '.' } },
});
const latencyMs = 20;
const rules = new Map<string, unknown>();

await mkdir(values.dir, { recursive: true });
const makers: Readonly<Record<string, (dir: string) => Promise<object>>> = { apns, fcm, webpush };
const made = await makers[values.type ?? '']?.(values.dir);
createInterface({ input: process.stdin }).on('line', (line) => {
  const { prefix, answer } = JSON.parse(line) as { prefix: string; answer?: unknown };
  if (answer === undefined) rules.delete(prefix);
  else rules.set(prefix, answer);
  print({ ruled: prefix });
});
print({ ready: true, ...made });

async function apns(dir: string): Promise<object> {
  const fake = await startFakeApns({
    latencyMs,
    inspect: false,
    dir,
    answer({ token, payload }) {
      const answer = answerTo(token) as Answer | undefined;
      report(token, (payload as { event_id?: string }).event_id, answer === undefined);
      return answer;
    },
  });
  const caFile = join(dir, 'apns-ca.pem');
  const keyfile = join(dir, 'AuthKey.p8');
  await copyFile(fake.caFile, caFile);
  await copyFile(fake.signingKey.keyfile, keyfile);
  const { keyId, teamId } = fake.signingKey;
  const settings = {
    type: 'apns',
    platform: 'production',
    topic: 'com.example.app',
    keyfile,
    key_id: keyId,
    team_id: teamId,
    endpoint: fake.url,
    ca_file: caFile,
  };
  return { settings };
}

async function fcm(dir: string): Promise<object> {
  const fake = await startFakeFcm({
    latencyMs,
    plain: true,
    dir,
    keep: false,
    answer({ token, message }) {
      const answer = answerTo(token) as FcmAnswer | undefined;
      report(token, message.data?.['event_id'], answer === undefined);
      return answer;
    },
  });
  return { settings: { type: 'fcm', service_account_file: fake.serviceAccountFile, endpoint: fake.url } };
}

/** One stand-in under the names of several push servers: that of real browsers, and those of strangers. */
async function webpush(dir: string): Promise<object> {
  const fake = await startFakeWebPush({
    latencyMs,
    dir,
    keep: false,
    address: '0.0.0.0',
    hosts: Object.values(pushServers),
    answer({ headers, path, plaintext }) {
      const { event_id: event } = JSON.parse(plaintext) as { event_id?: string };
      const token = `${headers[':authority'] ?? headers['host']}${path}`;
      const answer = answerTo(token) as WebPushAnswer | 'echo' | undefined;
      report(token, event, answer === undefined);
      return answer === 'echo' ? { status: 400, body: plaintext } : answer;
    },
  });
  const [caFile, keyFile] = [join(dir, 'webpush-ca.pem'), join(dir, 'vapid.pem')];
  await copyFile(fake.caFile, caFile);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const keys = Array.from({ length: phones }, newReceiverKeys);
  const at = (host: string): readonly object[] =>
    keys.map((one) => deviceOf(fake.makeSubscription({ host, keys: one })));
  const settings = {
    type: 'webpush',
    vapid_private_key: keyFile,
    vapid_contact: 'mailto:ops@example.com',
    ca_file: caFile,
    allowed_endpoints: ['127.*:*'],
    allow_private_endpoints: ['127.0.0.0/8'],
  };
  const devices = Object.fromEntries(Object.entries(pushServers).map(([name, host]) => [name, at(host)]));
  await writeFile(join(dir, 'webpush-devices.json'), JSON.stringify(devices));
  return { settings };
}

function deviceOf({ pushkey, data }: Subscription): object {
  return { pushkey, data };
}

function answerTo(token: string): unknown {
  for (const [prefix, answer] of rules) if (token.startsWith(prefix)) return answer;
  return undefined;
}

function report(token: string, event: string | undefined, taken: boolean): void {
  print({ push: token, event: event ?? '', taken, at: Date.now() });
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
