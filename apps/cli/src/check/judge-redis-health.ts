import type { Finding } from './finding.ts';

/** How a Redis is at the moment, beside how it is set up (`judge-redis.ts`). */
export interface RedisHealth {
  readonly name: string;
  /** The answer to INFO; undefined where Redis does not tell. */
  readonly info?: string | undefined;
  /** The median of a few writes, in milliseconds; undefined where it takes none. */
  readonly writeMs: number | undefined;
}

/** Full soon, and as good as full: the ingress answers 503 from `maxmemory` on. */
const memoryShares = { warning: 0.8, bad: 0.95 } as const;
const clientShare = 0.9;
/** A notify waits for one write, and is answered 503 after 900 ms. */
const slowWriteMs = 50;

export function judgeRedisHealth({ name, info, writeMs }: RedisHealth): readonly Finding[] {
  const facts = new Map(
    [...(info ?? '').matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  const number = (key: string): number => Number(facts.get(key) ?? 0);
  const findings =
    info === undefined
      ? []
      : [memory(name, number('used_memory'), number('maxmemory'), number('total_system_memory'))];

  for (const [key, lost] of [
    ['aof_last_write_status', 'its append-only file'],
    ['rdb_last_bgsave_status', 'a snapshot'],
  ] as const) {
    if (facts.get(key) !== 'err') continue;
    findings.push({
      kind: 'bad',
      what: name,
      detail: `could not write ${lost} the last time (${key})`,
      cure: 'see its log: the disk is full or broken, or there is too little memory for a fork',
      exit: 'unavailable',
    });
  }
  const evicted = number('evicted_keys');
  if (evicted > 0) {
    const detail = `has thrown away ${evicted} keys since its start because its memory was full: deliveries, claims or rejections`;
    const still = facts.get('maxmemory_policy') !== 'noeviction';
    findings.push(
      still
        ? {
            kind: 'bad',
            what: name,
            detail,
            cure: 'set `maxmemory-policy noeviction` and a larger `maxmemory`',
            exit: 'unavailable',
          }
        : {
            kind: 'warning',
            what: name,
            detail,
            cure: 'none any more: it is `noeviction` now (`CONFIG RESETSTAT` forgets this)',
          },
    );
  }
  const clients = number('connected_clients');
  const maxClients = number('maxclients');
  if (maxClients > 0 && clients > maxClients * clientShare) {
    findings.push({
      kind: 'warning',
      what: name,
      detail: `has ${clients} of at most ${maxClients} connections`,
      cure: 'raise `maxclients`',
    });
  }
  if (writeMs !== undefined && writeMs > slowWriteMs) {
    findings.push({
      kind: 'warning',
      what: name,
      detail: `takes ${Math.round(writeMs)} ms for a write`,
      cure: 'its disk is slow (`appendfsync always`), it is far away, or its one core is busy (`SLOWLOG GET`, `INFO commandstats`)',
    });
  }
  return findings;
}

function memory(name: string, used: number, limit: number, machine: number): Finding {
  const of = limit > 0 ? limit : machine;
  const share = of > 0 ? used / of : 0;
  const limitText = limit > 0 ? `of ${size(limit)} (\`maxmemory\`)` : 'used, and no `maxmemory` is set';
  const detail = `memory: ${size(used)} ${limitText}`;
  const cure =
    limit > 0
      ? 'raise `maxmemory`, or see what fills it: docs/troubleshooting.md, "Redis fills up"'
      : 'the machine runs out of memory and will kill it: set `maxmemory` with `noeviction`, and give it more';
  if (share >= memoryShares.bad) return { kind: 'bad', what: name, detail, cure, exit: 'unavailable' };
  return share >= memoryShares.warning
    ? { kind: 'warning', what: name, detail, cure }
    : { kind: 'good', what: name, detail };
}

function size(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return mebibytes < 1_024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1_024).toFixed(1)} GiB`;
}
