import type { ProviderLog } from '@carillon/core';

/** One Redis that takes writes, at one moment. */
export interface RedisReading {
  /** Its address, or the name that sentinels call it by. */
  readonly node: string;
  readonly usedBytes: number;
  /** 0 for no limit. */
  readonly maxBytes: number;
  readonly findings: readonly RedisWarning[];
  /** Commands by which it would tell more, and that our user may not use. */
  readonly forbidden: readonly ('INFO' | 'CONFIG')[];
}

export interface RedisWarning {
  readonly problem: string;
  /** What is wrong, as a predicate. */
  readonly detail: string;
  readonly cure: string;
}

export type RedisSource = () => Promise<readonly RedisReading[]>;

/** What makes a Redis lose what homeservers were promised. That its memory is nearly full shows elsewhere. */
export const unsafeProblems = ['eviction', 'persistence', 'fsync', 'disk', 'version'] as const;
export type UnsafeProblem = (typeof unsafeProblems)[number];

/** The same readings, with a warning in the log for each problem when it is first seen, and a line when it is gone. */
export function withWarnings(source: RedisSource, log: Pick<ProviderLog, 'warn' | 'info'>): RedisSource {
  const known = new Map<string, string>(); // from node and problem to node
  const toldOf = new Set<string>();

  return async () => {
    const readings = await source();
    const seen = new Set<string>();
    for (const { node, findings, forbidden } of readings) {
      for (const { problem, detail, cure } of findings) {
        const key = `${problem} ${node}`;
        seen.add(key);
        if (known.has(key)) continue;
        known.set(key, node);
        log.warn({ node, problem, cure }, `redis is not fit to hold what was promised: ${detail}`);
      }
      for (const command of forbidden) {
        if (toldOf.has(command)) continue;
        toldOf.add(command);
        if (command === 'CONFIG')
          log.info({ node }, 'redis does not tell its settings (CONFIG is forbidden); INFO has to do');
        else
          log.warn(
            { node, cure: 'give the user `+info`' },
            'redis does not tell how it is (INFO is forbidden): whether it evicts keys, keeps them on disk or is nearly full cannot be seen',
          );
      }
    }
    for (const [key, node] of known) {
      if (seen.has(key) || !readings.some((reading) => reading.node === node)) continue;
      known.delete(key);
      log.info({ node, problem: key.split(' ')[0] }, 'a problem of redis is mended');
    }
    return readings;
  };
}
