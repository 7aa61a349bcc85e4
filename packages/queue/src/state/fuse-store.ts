import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import { appPrefix } from '../layout/keys.ts';
import type { RedisClient } from '../redis/redis.ts';
import type { Registration } from './rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonFuse(
      ...keysAndArguments: (string | number)[]
    ): Result<
      [wave: 0 | 1, waiting: number, others: number, doubt: string, knowsAnyone: 0 | 1, ...due: string[]],
      Context
    >;
  }
}

const script = readFileSync(new URL('../lua/fuse.lua', import.meta.url), 'utf8');

export interface FuseSettings {
  readonly windowMs: number;
  readonly minSamples: number;
  /** Suspects above this part of the registrations that were sent to are a wave. */
  readonly share: number;
}

/** A registration whose answer may be our own mistake's. Times are milliseconds since 1970. */
export interface Suspicion {
  readonly registration: Registration;
  /** Stands for the registration where those that were sent to are counted. */
  readonly number: number;
  readonly sentAt: number;
  /** Whether its provider has ever accepted a push for it. */
  readonly known: boolean;
  /** False for one whose pushkey has the wrong form, so that it was never sent to. */
  readonly sent: boolean;
}

/** An answer that may be one registration's fault, or that of the whole app. */
export interface Doubt extends Suspicion {
  readonly reason: string;
}

/** What one worker saw since its last tick. */
export interface FuseCounts {
  /** When the last push was sent that was accepted; undefined for none. */
  readonly lastAcceptedAt: number | undefined;
  /** The numbers of the registrations of which a push was accepted. */
  readonly accepted: readonly number[];
  readonly suspects: readonly Suspicion[];
  readonly doubts: readonly Doubt[];
  /** Known suspects that followed one another, with nothing accepted between: too many for chance. */
  readonly rows: readonly SuspectRow[];
  /** Whose pushes were accepted; needed only while suspects wait. */
  readonly cleared: readonly Clearance[];
}

/** A push was accepted: what was suspected before it was sent is no suspect. */
export interface Clearance {
  /** `registrationKey`. */
  readonly key: string;
  readonly sentAt: number;
}

export interface SuspectRow {
  readonly firstSentAt: number;
  readonly lastSentAt: number;
}

/** Known suspects in a row that chance does not explain: of a hundred phones three are dead, of five in a row none ever. */
export const longRow = 5;

export interface FuseVerdict {
  /** The suspects are a wave: they are void, and the app is to be parked. */
  readonly tripped: boolean;
  readonly suspectsWaiting: number;
  /** Those of them that no provider has accepted a push for, and that therefore prove nothing. */
  readonly strangersWaiting: number;
  /** The reason of a doubt that several registrations have brought: the app is to be parked. */
  readonly provenDoubt: string | undefined;
  /** Whether a push of the app was ever accepted. */
  readonly knowsAnyone: boolean;
  /** Waited for a whole window among accepted sends: to be recorded as rejected. */
  readonly due: readonly Registration[];
}

/** The fuse of each app, shared by all workers. See lua/fuse.lua. */
export interface FuseStore {
  tick(app: string, counts: FuseCounts, now: number): Promise<FuseVerdict>;
  /** Forgets what was suspected until now: it was our own mistake. */
  voidSuspects(app: string): Promise<void>;
  /** What is suspected of a registration: when it was sent to; and what other doubts there are. */
  suspicionOf(app: string, registration: string): Promise<StoredSuspicion>;
  /** Forgets a registration, as if it had never been doubted. */
  forget(app: string, registration: string): Promise<void>;
  /** How many suspects wait for their window to end. */
  suspectsWaiting(app: string): Promise<number>;
}

export interface StoredSuspicion {
  /** Milliseconds since 1970; undefined for no suspect. */
  readonly sentAt?: number;
  /** The provider's words of answers that may be the registration's fault or the app's. */
  readonly doubts: readonly string[];
}

/** The life of the state, and how long a worker may take to hear that an app is parked; both as in lua/fuse.lua. */
const stateMs = 90 * 86_400_000;
const graceMs = 2_000;

export function createFuseStore(
  redis: RedisClient,
  keyPrefix: string,
  settings: FuseSettings,
  clock: () => number = Date.now,
): FuseStore {
  redis.defineCommand('carillonFuse', { numberOfKeys: 6, lua: script });
  const keysOf = (app: string) => {
    const prefix = appPrefix(keyPrefix, app);
    return {
      state: `${prefix}fuse`,
      counted: `${prefix}suspects`,
      others: `${prefix}suspects:strangers`,
      particulars: `${prefix}suspects:particulars`,
      doubts: `${prefix}doubts`,
      sentTo: `${prefix}sent-to:`,
    };
  };

  return {
    async tick(app, { lastAcceptedAt, accepted, suspects, doubts, rows, cleared }, now) {
      const [wave, counted, strangersWaiting, doubt, knowsAnyone, ...fields] = await redis.carillonFuse(
        ...Object.values(keysOf(app)),
        now,
        settings.windowMs,
        settings.minSamples,
        settings.share,
        lastAcceptedAt ?? 0,
        accepted.length,
        suspects.length,
        doubts.length,
        rows.length,
        ...accepted,
        ...suspects.flatMap((one) => [
          one.registration.key,
          `${one.registration.shard}:${one.registration.pushkeyTs}`,
          one.sentAt,
          weight(one),
          one.number,
        ]),
        ...doubts.flatMap((one) => [one.registration.key, one.reason, one.sentAt, weight(one)]),
        ...rows.flatMap(({ firstSentAt, lastSentAt }) => [firstSentAt, lastSentAt]),
        ...cleared.flatMap(({ key, sentAt }) => [key, sentAt]),
      );
      const due: Registration[] = [];
      for (let index = 0; index < fields.length; index += 2) {
        const [shard, pushkeyTs] = (fields[index + 1] ?? '').split(':').map(Number);
        due.push({ key: fields[index] ?? '', shard: shard ?? 0, pushkeyTs: pushkeyTs ?? 0 });
      }
      return {
        tripped: wave === 1,
        suspectsWaiting: counted + strangersWaiting,
        strangersWaiting,
        provenDoubt: doubt === '' ? undefined : doubt,
        knowsAnyone: knowsAnyone === 1,
        due,
      };
    },
    async voidSuspects(app) {
      const { state, counted, others, particulars, doubts } = keysOf(app);
      await Promise.all([
        redis.del(counted, others, particulars, doubts),
        redis.hset(state, 'void', clock() + graceMs),
        redis.pexpire(state, stateMs),
      ]);
    },
    async suspicionOf(app, registration) {
      const { counted, others, doubts } = keysOf(app);
      const [inCounted, inOthers, all] = await Promise.all([
        redis.zscore(counted, registration),
        redis.zscore(others, registration),
        redis.zrange(doubts, '0', '-1'),
      ]);
      const sentAt = inCounted ?? inOthers;
      return {
        ...(sentAt !== null && { sentAt: Number(sentAt) }),
        doubts: all.flatMap((doubt) =>
          doubt.endsWith(` ${registration}`) ? [doubt.split(' ')[0] ?? ''] : [],
        ),
      };
    },
    async forget(app, registration) {
      const { counted, others, particulars, doubts } = keysOf(app);
      const all = await redis.zrange(doubts, '0', '-1');
      const own = all.filter((doubt) => doubt.endsWith(` ${registration}`));
      await Promise.all([
        redis.zrem(counted, registration),
        redis.zrem(others, registration),
        redis.hdel(particulars, registration),
        ...(own.length === 0 ? [] : [redis.zrem(doubts, ...own)]),
        redis.del(`${appPrefix(keyPrefix, app)}probed:${registration}`),
      ]);
    },
    async suspectsWaiting(app) {
      const { counted, others } = keysOf(app);
      const waiting = await Promise.all([redis.zcard(counted), redis.zcard(others)]);
      return waiting[0] + waiting[1];
    },
  };
}

/** Whether it may count as a proof of our own mistake, as lua/fuse.lua has it. */
function weight({ known, sent }: Suspicion): 0 | 1 | 2 {
  if (known) return 2;
  return sent ? 1 : 0;
}
