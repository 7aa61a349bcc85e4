import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNotifyRequest, type Delivery } from '@carillon/core';
import {
  connectPatiently,
  createAdmissionDesk,
  fixedShards,
  queueName,
  type QueueRef,
  type RedisClient,
} from '@carillon/queue';
import { startPrivateRedis, type PrivateRedis } from '../../../test/redis/private-redis.ts';

/** A Redis and a configuration with two apps: what a command that only reads and writes Redis needs. */
export interface TestInstallation extends AsyncDisposable {
  readonly configPath: string;
  readonly server: PrivateRedis;
  readonly redis: RedisClient;
  /** What the command has written since the last time. */
  written(): string;
  readonly output: { write(text: string): unknown };
  /** Puts a delivery, which its number names, on the queue of the app `ios`, shard 0, lane `high`. */
  admit(overrides?: Partial<Delivery>): Promise<void>;
  /** Makes dead letters of whatever waits there, as a worker does with what crashes it. */
  setAllAside(fields?: Readonly<Record<string, string>>): Promise<void>;
  key(kind: string): string;
}

export const secretPushkey = 'c2VjcmV0LXB1c2hrZXk=';
const queue: QueueRef = { app: 'ios', shard: 0, lane: 'high' };

export async function startTestInstallation(): Promise<TestInstallation> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-cli-'));
  const server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  redis.on('error', () => undefined);
  const configPath = join(folder, 'carillon.yaml');
  const app = 'type: fcm, project_id: example, service_account_file: /run/secrets/fcm.json';
  await writeFile(configPath, `redis: {url: "${server.url}"}\napps:\n  ios: {${app}}\n  'org.*': {${app}}\n`);
  const desk = createAdmissionDesk(redis, {
    keyPrefix: 'carillon',
    shards: fixedShards(1),
    rejectionTtlMs: 60_000,
    gatherMs: 0,
  });
  const key = (kind: string): string => `carillon:${queueName(queue)}:${kind}`;
  let text = '';
  let admitted = 0;

  return {
    configPath,
    server,
    redis,
    key,
    output: { write: (more) => (text += more) },
    written() {
      const before = text;
      text = '';
      return before;
    },
    async admit(overrides) {
      await desk.admit({
        delivery: { ...secretDelivery(), id: String(++admitted), unclaimed: true, ...overrides },
        maxBacklog: 1_000,
      });
    },
    async setAllAside(fields = { failedReason: 'crashed its workers too often', stc: '6' }) {
      const ids = await redis.lrange(key('wait'), 0, -1);
      for (const [index, id] of ids.toReversed().entries()) {
        const setAsideAt = Date.now() - 1_000 + index; // one after the other
        await redis.hset(key(id), { ...fields, finishedOn: setAsideAt, atm: 1 });
        await redis.multi().lrem(key('wait'), 0, id).zadd(key('failed'), setAsideAt, id).exec();
      }
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Full of what must never be shown: each secret has `secret` in it, but for the pushkey. */
function secretDelivery(): Delivery {
  const parsed = parseNotifyRequest({
    notification: {
      event_id: '$secret-event',
      room_id: '!secret-room',
      sender: '@secret:example.org',
      type: 'm.room.message',
      content: { body: 'secret words' },
      devices: [{ app_id: 'ios', pushkey: secretPushkey, data: { token: 'secret-token' } }],
    },
  });
  const device = parsed.ok ? parsed.request.devices[0] : undefined;
  if (!parsed.ok || device === undefined) throw new Error('the test has a notify that cannot be read');
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app: queue.app,
    lane: queue.lane,
    acceptedAt: now,
    expiresAt: now + 3_600_000,
    tries: 2,
    notification: parsed.request.notification,
    device,
  };
}
