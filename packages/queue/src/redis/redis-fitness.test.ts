import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPrivateCluster } from '../../../../test/redis/private-cluster.ts';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { localRedis } from '../../../../test/redis/private-server.ts';
import { judgeFitness, readFitness, type RedisProblem } from './redis-fitness.ts';
import { connectFailingFast, connectPatiently } from './redis.ts';

const good = {
  redis_version: '7.2.4',
  maxmemory_policy: 'noeviction',
  used_memory: '100',
  maxmemory: '1000',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  rdb_last_bgsave_status: 'ok',
  rdb_last_bgsave_time_sec: '-1',
};

function setup(
  fields: Partial<typeof good> = {},
  settings: { readonly save?: string; readonly appendfsync?: string } = { save: '', appendfsync: 'everysec' },
) {
  const lines = Object.entries({ ...good, ...fields }).map(([name, value]) => `${name}:${value}`);
  return judgeFitness({ info: `# Server\r\n${lines.join('\r\n')}\r\n`, ...settings });
}

describe('judgeFitness', () => {
  it('finds nothing wrong with a Redis that keeps all it is given', () => {
    expect(setup()).toEqual([]);
  });

  it.each<[RedisProblem, string, Partial<typeof good>, { save?: string; appendfsync?: string }?]>([
    ['version', 'install 6.2 or newer', { redis_version: '6.0.16' }],
    ['version', 'install 6.2 or newer', { redis_version: 'unknown' }],
    ['eviction', 'set `maxmemory-policy noeviction`', { maxmemory_policy: 'volatile-lru' }],
    ['persistence', 'set `appendonly yes`', { aof_enabled: '0' }],
    ['persistence', 'set `appendonly yes`', { aof_enabled: '0' }, {}],
    ['fsync', 'set `appendfsync everysec` or `always`', {}, { save: '', appendfsync: 'no' }],
    ['disk', 'see its log: a full or a broken disk, or missing rights', { aof_last_write_status: 'err' }],
    [
      'disk',
      'see its log: a full or a broken disk, or missing rights',
      { aof_enabled: '0', rdb_last_bgsave_status: 'err' },
      { save: '3600 1' },
    ],
    ['memory', 'raise `maxmemory`, or find what waits so long', { used_memory: '850' }],
  ])('finds %s, with its cure', (problem, cure, fields, settings) => {
    expect(setup(fields, settings)).toEqual([{ problem, cure, detail: expect.any(String) as string }]);
  });

  it.each<[string, Partial<typeof good>, { save?: string }?]>([
    ['snapshots instead of a log', { aof_enabled: '0' }, { save: '3600 1' }],
    [
      'a snapshot that was taken, where it does not tell',
      { aof_enabled: '0', rdb_last_bgsave_time_sec: '0' },
      {},
    ],
    ['no limit of its memory', { maxmemory: '0', used_memory: '999999' }],
    ['the first version that has what is needed', { redis_version: '6.2.0' }],
    ['a minor version of two digits', { redis_version: '6.10.1' }],
  ])('is content with %s', (_what, fields, settings) => {
    expect(setup(fields, settings)).toEqual([]);
  });
});

describe('readFitness', () => {
  it('reads memory and problems of a Redis that runs', async () => {
    await using server = await startPrivateRedis({
      args: ['--appendonly', 'no', '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'],
    });
    const redis = connectPatiently(server.settings);
    const [reading] = await readFitness(redis);
    redis.disconnect();
    expect(reading).toMatchObject({
      node: `127.0.0.1:${server.port}`,
      maxBytes: 64 * 1_024 ** 2,
      forbidden: [],
    });
    expect(reading?.usedBytes).toBeGreaterThan(100_000);
    expect(reading?.findings.map(({ problem }) => problem)).toEqual(['eviction', 'persistence']);
  });

  it('makes do without the settings where they are forbidden', async () => {
    await using server = await startPrivateRedis({
      args: ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-config'],
    });
    const redis = connectPatiently(server.settings);
    expect(await readFitness(redis)).toMatchObject([{ findings: [], forbidden: ['CONFIG'] }]);
    redis.disconnect();
  });

  it('sees nothing where INFO is forbidden too, and says so', async () => {
    await using server = await startPrivateRedis({
      args: ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-@dangerous'],
    });
    const redis = connectPatiently(server.settings);
    expect(await readFitness(redis)).toMatchObject([{ findings: [], forbidden: ['INFO', 'CONFIG'] }]);
    redis.disconnect();
  });

  it('makes do without the settings where CONFIG has been taken away', async () => {
    await using server = await startPrivateRedis({ args: ['--rename-command', 'CONFIG', ''] });
    const redis = connectPatiently(server.settings);
    expect(await readFitness(redis)).toMatchObject([{ findings: [], forbidden: ['CONFIG'] }]);
    redis.disconnect();
  });

  it('does not take a connection that ends for settings that are forbidden', async () => {
    const info = '$21\r\nredis_version:7.4.0\r\n\r\n';
    const server = createServer((socket) =>
      socket.on('data', (data) => {
        for (const [, command = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
          if (/^config$/i.test(command)) socket.destroy();
          else socket.write(/^info$/i.test(command) ? info : '+OK\r\n');
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const redis = connectFailingFast(localRedis((server.address() as AddressInfo).port));
    onTestFinished(() => redis.disconnect());
    redis.on('error', () => undefined); // its commands tell
    await expect.poll(() => redis.status).toBe('ready');
    await expect(readFitness(redis)).rejects.toThrow(/closed|retries|ECONN/);
  });

  it('reads every node of a Cluster that takes writes', async () => {
    await using cluster = await startPrivateCluster(3);
    const redis = connectPatiently(cluster.settings);
    await redis.set('key', ''); // it knows its nodes when this has been answered
    const nodes = (await readFitness(redis)).map(({ node }) => node);
    redis.disconnect();
    expect(nodes.toSorted()).toEqual(cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).toSorted());
  });
});
