import type { Finding } from './finding.ts';

/** What a Redis says of itself. */
export interface RedisReading {
  readonly name: string;
  /** The answer to INFO. */
  readonly info: string;
  /** The setting `save`, empty for no snapshots; undefined where Redis does not tell. */
  readonly save: string | undefined;
  /** The median of a few round trips, in milliseconds. */
  readonly pingMs: number;
}

/** BullMQ wants 6.2 (its documentation, "Compatibility"). */
const oldest = [6, 2] as const;
/** A notify waits for a round trip or two, and is answered 503 after half a second. */
const slowPingMs = 50;

/** Whether a Redis is fit to hold queues that must not lose anything. */
export function judgeRedis({ name, info, save, pingMs }: RedisReading): readonly Finding[] {
  const facts = readInfo(info);
  const version = facts.get('redis_version') ?? 'unknown';
  const findings: Finding[] = [];
  if (isOlder(version)) {
    findings.push({
      kind: 'bad',
      what: name,
      detail: `version ${version} is too old`,
      cure: `install ${oldest.join('.')} or newer`,
      exit: 'unavailable',
    });
  } else {
    findings.push({
      kind: 'good',
      what: name,
      detail: `version ${version}, answers in ${pingMs.toFixed(1)} ms`,
    });
  }
  if (pingMs > slowPingMs) {
    findings.push({
      kind: 'warning',
      what: name,
      detail: `takes ${Math.round(pingMs)} ms to answer`,
      cure: 'run it near the ingresses and workers: each notify and each turn of a worker waits for it',
    });
  }
  const policy = facts.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push({
      kind: 'warning',
      what: name,
      detail: `its eviction policy is ${policy}: a full memory makes it forget queued notifications`,
      cure: 'set `maxmemory-policy noeviction`',
    });
  }
  return [...findings, ...judgePersistence(name, facts.get('aof_enabled') === '1', save)];
}

function judgePersistence(name: string, hasAof: boolean, save: string | undefined): readonly Finding[] {
  if (hasAof) return [{ kind: 'good', what: name, detail: 'keeps an append-only file' }];
  const cure = 'set `appendonly yes`';
  if (save === undefined) {
    const detail = 'has no append-only file, and does not tell whether it saves snapshots';
    return [{ kind: 'warning', what: name, detail, cure }];
  }
  if (save !== '')
    return [
      {
        kind: 'good',
        what: name,
        detail: 'saves snapshots; what came after the last is lost when it crashes',
      },
    ];
  return [
    {
      kind: 'warning',
      what: name,
      detail: 'keeps nothing on disk: a restart of it loses what is queued',
      cure,
    },
  ];
}

function readInfo(info: string): ReadonlyMap<string, string> {
  const pairs = info
    .split(/\r?\n/)
    .map((line) => /^(\w+):(.*)$/.exec(line))
    .flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const]));
  return new Map(pairs);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return !(major > oldest[0] || (major === oldest[0] && minor >= oldest[1]));
}
