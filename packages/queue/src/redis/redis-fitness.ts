import type { RedisClient } from './redis.ts';

/** What makes a Redis lose what homeservers were promised (invariant 1), or soon refuse it. */
export type RedisProblem =
  /** Forgets keys when its memory is full. */
  | 'eviction'
  /** Keeps nothing on disk. */
  | 'persistence'
  /** Leaves it to the operating system when its append-only file reaches the disk. */
  | 'fsync'
  /** Could not write its files the last time. */
  | 'disk'
  /** Lacks commands that Carillon needs. */
  | 'version'
  /** Its memory is nearly full; then it refuses what comes. */
  | 'memory';

export interface RedisFinding {
  readonly problem: RedisProblem;
  /** What is wrong, as a predicate: `keeps nothing on disk …`. */
  readonly detail: string;
  readonly cure: string;
}

/** What a Redis says of itself. */
export interface RedisFacts {
  /** The answer to INFO; undefined where Redis does not tell. */
  readonly info?: string | undefined;
  /** The setting `save`, empty for no snapshots; undefined where Redis does not tell. */
  readonly save?: string | undefined;
  /** The setting `appendfsync`; undefined where Redis does not tell. */
  readonly appendfsync?: string | undefined;
}

/** One Redis that holds queues, at one moment. */
export interface NodeFitness {
  /** `host:port`, or the name that sentinels call it by. */
  readonly node: string;
  readonly usedBytes: number;
  /** 0 for no limit. */
  readonly maxBytes: number;
  readonly findings: readonly RedisFinding[];
  /** What our user may not ask it; managed services often forbid CONFIG. */
  readonly forbidden: readonly ('INFO' | 'CONFIG')[];
}

/** `RPOP` with a count, by which workers take deliveries, is of 6.2; BullMQ wants no older one either. */
const oldestVersion = [6, 2] as const;
const fullShare = 0.85;

/** Reads every Redis that takes writes. Of a Cluster, those that do not answer are left out. */
export async function readFitness(redis: RedisClient): Promise<readonly NodeFitness[]> {
  if (!('nodes' in redis)) return [await readNode(redis)];
  const readings = await Promise.allSettled(redis.nodes('master').map((node) => readNode(node)));
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []));
}

type RedisNode = Exclude<RedisClient, { nodes: unknown }>;

async function readNode(node: RedisNode): Promise<NodeFitness> {
  const facts = await readFacts(node);
  const info = readInfo(facts.info ?? '');
  const { name, host = '', port = 0 } = node.options;
  return {
    node: name ?? `${host}:${port}`,
    usedBytes: Number(info.get('used_memory') ?? 0),
    maxBytes: Number(info.get('maxmemory') ?? 0),
    findings: judgeFitness(facts),
    forbidden: [
      ...(facts.info === undefined ? (['INFO'] as const) : []),
      ...(facts.save === undefined ? (['CONFIG'] as const) : []),
    ],
  };
}

export async function readFacts(node: RedisNode): Promise<RedisFacts> {
  const [info, save, appendfsync] = await Promise.all([
    unlessForbidden(node.info()),
    readSetting(node, 'save'),
    readSetting(node, 'appendfsync'),
  ]);
  return { info, save, appendfsync };
}

async function readSetting(node: RedisNode, name: string): Promise<string | undefined> {
  const reply = await unlessForbidden(node.config('GET', name));
  return Array.isArray(reply) ? reply[1] : undefined;
}

/** Undefined where Redis says that the command is not for us; no answer at all tells nothing of that, and is an error. */
async function unlessForbidden<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError' && /^(ERR|NOPERM)\b/.test(error.message))
      return undefined;
    throw error;
  }
}

/** What is wrong with a Redis that is to hold queues; nothing for a good one, and for one that does not tell. */
export function judgeFitness(facts: RedisFacts): readonly RedisFinding[] {
  if (facts.info === undefined) return []; // nothing can be seen
  const info = readInfo(facts.info);
  return [
    ...judgeVersion(info),
    ...judgeEviction(info),
    ...judgePersistence(info, facts),
    ...judgeMemory(info),
  ];
}

/** The fields of an answer to INFO. */
export function readInfo(info: string): ReadonlyMap<string, string> {
  const pairs = info
    .split(/\r?\n/)
    .map((line) => /^(\w+):(.*)$/.exec(line))
    .flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const]));
  return new Map(pairs);
}

type Info = ReadonlyMap<string, string>;

function judgeVersion(info: Info): readonly RedisFinding[] {
  const version = info.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return [];
  const cure = `install ${oldestVersion.join('.')} or newer`;
  return [{ problem: 'version', detail: `version ${version} is too old`, cure }];
}

function judgeEviction(info: Info): readonly RedisFinding[] {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy === 'noeviction') return [];
  const detail = `its eviction policy is ${policy}: a full memory makes it forget queued notifications`;
  return [{ problem: 'eviction', detail, cure: 'set `maxmemory-policy noeviction`' }];
}

function judgePersistence(info: Info, { save, appendfsync }: RedisFacts): readonly RedisFinding[] {
  const hasAof = info.get('aof_enabled') === '1';
  // Where `save` is not told, a snapshot that was ever taken stands for it.
  const hasSnapshots =
    save === undefined ? Number(info.get('rdb_last_bgsave_time_sec') ?? -1) >= 0 : save !== '';
  if (!hasAof && !hasSnapshots) {
    const detail =
      save === undefined
        ? 'has no append-only file, and does not tell whether it saves snapshots'
        : 'keeps nothing on disk: a restart of it loses what is queued';
    return [{ problem: 'persistence', detail, cure: 'set `appendonly yes`' }];
  }
  const status = info.get(hasAof ? 'aof_last_write_status' : 'rdb_last_bgsave_status') ?? 'ok';
  if (status !== 'ok') {
    const detail = 'could not write to its disk the last time';
    return [{ problem: 'disk', detail, cure: 'see its log: a full or a broken disk, or missing rights' }];
  }
  if (hasAof && appendfsync === 'no') {
    const detail = 'does not see to it that its append-only file reaches the disk (`appendfsync no`)';
    return [{ problem: 'fsync', detail, cure: 'set `appendfsync everysec` or `always`' }];
  }
  return [];
}

function judgeMemory(info: Info): readonly RedisFinding[] {
  const [used, max] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)];
  if (max === 0 || used < max * fullShare) return [];
  return [
    {
      problem: 'memory',
      detail: `its memory is ${Math.round((used / max) * 100)} % full; when it is, homeservers are refused`,
      cure: 'raise `maxmemory`, or find what waits so long',
    },
  ];
}
