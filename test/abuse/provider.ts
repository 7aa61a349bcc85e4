import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Answer } from '../fakes/apns/answer.ts';
import { startFakeApns } from '../fakes/apns/server.ts';
import type { FcmAnswer } from '../fakes/fcm/answers.ts';
import { startFakeFcm } from '../fakes/fcm/server.ts';

/**
 * A stand-in provider for attacks, as a program:
 *
 *   provider.ts --type apns|fcm --dir DIR
 *
 * Prints the settings of an app as one line of JSON, then one line for each push: its token, its event, and whether it
 * was taken. A line such as `{"prefix": "5a", "answer": {"status": 410, "reason": "Unregistered"}}` on the standard
 * input fixes the answer to all tokens that begin so; without `answer` they are taken again.
 */
const { values } = parseArgs({
  options: { type: { type: 'string' }, dir: { type: 'string', default: '.' } },
});
const latencyMs = 20;
const rules = new Map<string, unknown>();

await mkdir(values.dir, { recursive: true });
const settings = values.type === 'fcm' ? await fcm(values.dir) : await apns(values.dir);
createInterface({ input: process.stdin }).on('line', (line) => {
  const { prefix, answer } = JSON.parse(line) as { prefix: string; answer?: unknown };
  if (answer === undefined) rules.delete(prefix);
  else rules.set(prefix, answer);
  print({ ruled: prefix });
});
print({ ready: true, settings });

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
  return {
    type: 'apns',
    platform: 'production',
    topic: 'com.example.app',
    keyfile,
    key_id: keyId,
    team_id: teamId,
    endpoint: fake.url,
    ca_file: caFile,
  };
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
  return { type: 'fcm', service_account_file: fake.serviceAccountFile, endpoint: fake.url };
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
