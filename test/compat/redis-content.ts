import type { RedisClient } from '@carillon/queue';

/** What a Redis holds, apart from its own form: as JSON, to be put into any other. */
export interface RedisContent {
  /** Milliseconds since 1970: when it was taken down. */
  readonly recordedAt: number;
  readonly keys: readonly StoredKey[];
}

type StoredKey = {
  readonly key: string;
  /** Milliseconds; absent for ever. */ readonly ttlMs?: number;
} & Value;

type Value =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'hash' | 'zset'; readonly value: readonly (readonly [string, string])[] }
  | { readonly type: 'list' | 'set'; readonly value: readonly string[] }
  | { readonly type: 'stream'; readonly value: readonly (readonly [string, ...string[]])[] };

/** What is no text is kept as base64 behind this. */
const binary = 'base64:';

export async function takeDown(redis: RedisClient): Promise<RedisContent> {
  const recordedAt = Date.now();
  const keys: StoredKey[] = [];
  for (const key of (await redis.keys('*')).toSorted()) {
    const value = await readValue(redis, key);
    const ttlMs = await redis.pttl(key);
    if (value !== undefined) keys.push({ key, ...value, ...(ttlMs > 0 && { ttlMs }) });
  }
  return { recordedAt, keys };
}

async function readValue(redis: RedisClient, key: string): Promise<Value | undefined> {
  const type = await redis.type(key);
  switch (type) {
    case 'string': {
      const value = await redis.getBuffer(key);
      return value === null ? undefined : { type, value: textOf(value) };
    }
    case 'hash':
    case 'zset': {
      const command =
        type === 'hash'
          ? redis.callBuffer('HGETALL', key)
          : redis.callBuffer('ZRANGE', key, '0', '-1', 'WITHSCORES');
      // Pairs, or one after the other, as the protocol has it.
      const flat = ((await command) as readonly (Buffer | readonly Buffer[])[]).flat().map(textOf);
      return {
        type,
        value: flat.flatMap((word, at) => (at % 2 === 0 ? [[word, flat[at + 1] ?? ''] as const] : [])),
      };
    }
    case 'list':
      return { type, value: (await redis.lrangeBuffer(key, 0, -1)).map(textOf) };
    case 'set':
      return { type, value: (await redis.smembersBuffer(key)).map(textOf) };
    case 'stream': {
      const entries = (await redis.callBuffer('XRANGE', key, '-', '+')) as readonly (readonly [
        Buffer,
        readonly Buffer[],
      ])[];
      return { type, value: entries.map(([id, fields]) => [id.toString(), ...fields.map(textOf)] as const) };
    }
    default:
      return undefined; // gone meanwhile
  }
}

/** Puts it into an empty Redis as if it had been taken down just now: times since then have not passed. */
export async function putBack(redis: RedisClient, { recordedAt, keys }: RedisContent): Promise<void> {
  const shift = Date.now() - recordedAt;
  const moved = (text: string) => moveTimes(text, recordedAt, shift);
  for (const { key, ttlMs, ...stored } of keys) {
    switch (stored.type) {
      case 'string':
        await redis.set(key, bytesOf(moved(stored.value)));
        break;
      case 'hash':
        for (const [field, value] of stored.value)
          await redis.hset(key, bytesOf(field), bytesOf(moved(value)));
        break;
      case 'zset':
        for (const [member, score] of stored.value) await redis.zadd(key, moved(score), bytesOf(member));
        break;
      case 'list':
        for (const value of stored.value) await redis.rpush(key, bytesOf(value));
        break;
      case 'set':
        for (const value of stored.value) await redis.sadd(key, bytesOf(value));
        break;
      case 'stream':
        for (const [id, ...fields] of stored.value)
          await redis.call('XADD', key, moved(id), ...fields.map(bytesOf));
        break;
      default:
        stored satisfies never;
    }
    if (ttlMs !== undefined) await redis.pexpire(key, ttlMs);
  }
}

const nearMs = 100 * 86_400_000;

/** Every number that is a time near the recording, in milliseconds or as BullMQ has it in scores: 4096 for each. */
function moveTimes(text: string, recordedAt: number, shift: number): string {
  if (text.startsWith(binary)) return text;
  return text.replaceAll(/(?<![\d.])\d{13,16}(?![\d.])/g, (digits) => {
    const number = Number(digits);
    if (Math.abs(number - recordedAt) < nearMs) return String(number + shift);
    if (Math.abs(number / 4_096 - recordedAt) < nearMs) return String(number + shift * 4_096);
    return digits;
  });
}

function textOf(value: Buffer): string {
  const text = value.toString('utf8');
  return Buffer.from(text).equals(value) ? text : `${binary}${value.toString('base64')}`;
}

function bytesOf(text: string): Buffer {
  return text.startsWith(binary) ? Buffer.from(text.slice(binary.length), 'base64') : Buffer.from(text);
}
