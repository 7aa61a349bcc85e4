import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPatiently, type RedisClient } from '@carillon/queue';
import { createNotifier, type NotifyAnswer } from '../installation/notify.ts';
import { startProgram, type Program } from '../installation/process.ts';
import { startPrivateRedis } from '../redis/private-redis.ts';
import { realApps, type ProviderType } from './phones.ts';

/** An app that no worker takes deliveries of: what waits for it can be weighed. */
export const unservedApp = 'com.example.unserved';
/** An app of FCM whose backlog is soon full. */
export const smallApp = 'com.example.small';
/** An app named by a glob that is dear to match for those who backtrack. */
const globApp = 'com.*.ios.*.dev';

/** One ingress and one worker with the defaults of an operator, stand-ins for the providers, and a way to send as strangers do. */
export interface Site extends AsyncDisposable {
  /** The folder of its files. */
  readonly dir: string;
  readonly redis: RedisClient;
  readonly ingress: Program;
  readonly worker: Program;
  /** Where the door is, and its private listener. */
  readonly url: string;
  readonly opsUrl: string;
  readonly providers: Readonly<Record<ProviderType, Program>>;
  /** Fixes the answers of a provider to all tokens that begin so; undefined: they are taken again. */
  rule(type: ProviderType, prefix: string, answer: object | string | undefined): Promise<void>;
  /** POSTs a notify, or its JSON, as a stranger; the answer, or undefined where the connection broke. */
  post(notify: object | string): Promise<NotifyAnswer | undefined>;
  /** Counts bytes that a stranger sends otherwise. */
  sent(bytes: number): void;
  /** Bytes that strangers have sent so far, bodies alone. */
  readonly bytesSent: number;
  /** Bytes that Redis uses for its data. */
  redisBytes(): Promise<number>;
}

export async function startSite(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'carillon-abuse-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = stack.use(await startPrivateRedis());
  const standIn = (type: ProviderType): Program =>
    stack.use(startProgram('test/abuse/provider.ts', [`--type=${type}`, `--dir=${folder}`]));
  const providers = { apns: standIn('apns'), fcm: standIn('fcm'), webpush: standIn('webpush') };
  const settingsOf = async (type: ProviderType): Promise<object> =>
    (await providers[type].lineOf<{ settings: object }>((line) => line['ready'] === true)).settings;
  const [apns, fcm, webpush] = await Promise.all([
    settingsOf('apns'),
    settingsOf('fcm'),
    settingsOf('webpush'),
  ]);
  const configPath = join(folder, 'carillon.yaml');
  await writeFile(
    configPath,
    JSON.stringify({
      redis: { url: redis.url },
      ingress: { listen: '127.0.0.1:0', ops_listen: '127.0.0.1:0' },
      worker: { ops_listen: '127.0.0.1:0' },
      apps: {
        [realApps.apns]: apns,
        [realApps.fcm]: fcm,
        [realApps.webpush]: webpush,
        [smallApp]: { ...fcm, max_backlog: 500, max_backlog_memory: '1MiB' },
        [globApp]: apns,
        [unservedApp]: apns,
      },
    }),
  );
  const carillon = async (args: readonly string[], announcement: string) => {
    const program = stack.use(startProgram('script/carillon', [...args, '--config', configPath]));
    return {
      program,
      ...(await program.lineOf<{ listen: string; ops: string }>(({ msg }) => msg === announcement)),
    };
  };
  const served = [...Object.values(realApps), smallApp, globApp].flatMap((app) => ['--app', app]);
  const [door, worker] = await Promise.all([
    carillon(['ingress'], 'ingress listens'),
    carillon(['worker', ...served], 'worker takes deliveries'),
  ]);
  const url = `http://${door.listen}`;
  const client = stack.adopt(connectPatiently(redis.settings), (open) => open.disconnect());
  const notifier = stack.use(createNotifier(url));
  let bytesSent = 0;
  const owned = stack.move();

  return {
    dir: folder,
    redis: client,
    ingress: door.program,
    worker: worker.program,
    url,
    opsUrl: `http://${door.ops}`,
    providers,
    async rule(type, prefix, answer) {
      const ruled = providers[type].nextLine((line) => line['ruled'] === prefix);
      providers[type].write({ prefix, ...(answer !== undefined && { answer }) });
      await ruled;
    },
    async post(notify) {
      const body = typeof notify === 'string' ? notify : JSON.stringify(notify);
      bytesSent += Buffer.byteLength(body);
      try {
        return await notifier.post(body);
      } catch {
        return undefined;
      }
    },
    sent: (bytes) => void (bytesSent += bytes),
    get bytesSent() {
      return bytesSent;
    },
    async redisBytes() {
      return Number(/used_memory_dataset:(\d+)/.exec(await client.info('memory'))?.[1]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
