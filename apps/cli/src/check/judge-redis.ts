import { judgeFitness, readInfo, type RedisFacts, type RedisProblem } from '@carillon/queue';
import type { Finding } from './finding.ts';

/** What a Redis says of itself. */
export interface RedisReading extends RedisFacts {
  readonly name: string;
  /** The median of a few round trips, in milliseconds. */
  readonly pingMs: number;
}

/** A notify waits for a round trip or two, and is answered 503 after less than a second. */
const slowPingMs = 50;

/** Told by `judge-redis-health.ts`, with figures. */
const ofHealth: ReadonlySet<RedisProblem> = new Set(['memory', 'disk']);

/** Whether a Redis is fit to hold queues that must not lose anything. */
export function judgeRedis({ name, pingMs, ...facts }: RedisReading): readonly Finding[] {
  if (facts.info === undefined) return [cannotSee(name)];
  const info = readInfo(facts.info);
  const problems = judgeFitness(facts).filter(({ problem }) => !ofHealth.has(problem));
  const has = (...wanted: readonly string[]) => problems.some(({ problem }) => wanted.includes(problem));
  const findings: Finding[] = [];
  if (!has('version')) {
    const detail = `version ${info.get('redis_version')}, answers in ${pingMs.toFixed(1)} ms`;
    findings.push({ kind: 'good', what: name, detail });
  }
  if (pingMs > slowPingMs) {
    findings.push({
      kind: 'warning',
      what: name,
      detail: `takes ${Math.round(pingMs)} ms to answer`,
      cure: 'run it near the ingresses and workers: each notify and each turn of a worker waits for it',
    });
  }
  for (const { problem, detail, cure } of problems) {
    const finding = { what: name, detail, cure };
    findings.push(
      problem === 'version'
        ? { kind: 'bad', exit: 'unavailable', ...finding }
        : { kind: 'warning', ...finding },
    );
  }
  if (!has('persistence', 'fsync')) {
    const detail =
      info.get('aof_enabled') === '1'
        ? 'keeps an append-only file'
        : 'saves snapshots; what came after the last is lost when it crashes';
    findings.push({ kind: 'good', what: name, detail });
  }
  return findings;
}

function cannotSee(name: string): Finding {
  return {
    kind: 'warning',
    what: name,
    detail:
      'INFO is forbidden: its version, and whether it evicts keys, keeps them on disk or is nearly full, cannot be seen',
    cure: 'give the user `+info`, if the service allows it; all else works without',
  };
}
