import { expect, test } from 'vitest';
import { judgeRedisHealth } from './judge-redis-health.ts';

const mebibyte = 1_048_576;

function judged(info: Readonly<Record<string, string | number>>, writeMs = 1) {
  const text = Object.entries({ used_memory: mebibyte, ...info })
    .map(([key, value]) => `${key}:${value}\r\n`)
    .join('');
  return judgeRedisHealth({ name: 'redis', info: `# Memory\r\n${text}`, writeMs });
}

test.each([
  [0.5, 'good'],
  [0.85, 'warning'],
  [0.97, 'bad'],
])('a Redis of whose memory %d is used', (share, kind) => {
  const limit = 100 * mebibyte;
  const [finding, ...others] = judged({ used_memory: share * limit, maxmemory: limit });
  expect(finding).toMatchObject({
    kind,
    detail: `memory: ${(share * 100).toFixed(1)} MiB of 100.0 MiB (\`maxmemory\`)`,
  });
  expect(others).toEqual([]);
});

test('without a limit, that of the machine counts', () => {
  expect(judged({ maxmemory: 0, total_system_memory: 1_000 * mebibyte })).toMatchObject([{ kind: 'good' }]);
  expect(
    judged({ used_memory: 2048 * mebibyte, maxmemory: 0, total_system_memory: 2100 * mebibyte }),
  ).toMatchObject([{ kind: 'bad', detail: 'memory: 2.0 GiB used, and no `maxmemory` is set' }]);
});

test.each([
  ['a write of the append-only file that failed', { aof_last_write_status: 'err' }, 'bad', /append-only/],
  ['a snapshot that failed', { rdb_last_bgsave_status: 'err' }, 'bad', /snapshot/],
  [
    'keys that were evicted',
    { evicted_keys: 7, maxmemory_policy: 'allkeys-lru' },
    'bad',
    /thrown away 7 keys/,
  ],
  ['keys that were evicted once', { evicted_keys: 7, maxmemory_policy: 'noeviction' }, 'warning', /7 keys/],
  ['connections that run out', { connected_clients: 95, maxclients: 100 }, 'warning', /95 of at most 100/],
] as const)('%s', (_, info, kind, detail) => {
  expect(judged(info).slice(1)).toMatchObject([{ kind, detail: expect.stringMatching(detail) as string }]);
});

test('slow writes are told', () => {
  expect(judged({}, 80).slice(1)).toMatchObject([{ kind: 'warning', detail: 'takes 80 ms for a write' }]);
});
