import { describe, expect, it } from 'vitest';
import { judgeRedis } from './judge-redis.ts';

interface Reading {
  readonly version: string;
  readonly policy: string;
  readonly aof: number;
  /** `forbidden` where CONFIG is. */
  readonly save: string;
  readonly pingMs: number;
}

function setup({
  version = '7.2.4',
  policy = 'noeviction',
  aof = 1,
  save = '',
  pingMs = 0.2,
}: Partial<Reading> = {}) {
  const info = `# Server\r\nredis_version:${version}\r\n\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n# Persistence\r\naof_enabled:${aof}\r\n`;
  return judgeRedis({ name: 'redis', info, save: save === 'forbidden' ? undefined : save, pingMs });
}

describe('judgeRedis', () => {
  it('warns of a Redis that hides how it is, and judges nothing else of it', () => {
    expect(judgeRedis({ name: 'redis', pingMs: 0.2 })).toEqual([
      expect.objectContaining({
        kind: 'warning',
        detail: expect.stringContaining('INFO is forbidden') as string,
      }),
    ]);
  });

  it('finds nothing wrong with a Redis that keeps all it is given', () => {
    expect(setup().map(({ kind }) => kind)).toEqual(['good', 'good']);
  });

  it.each(['6.2.0', '6.10.1', '7.0.15', '8.2.1'])('takes version %s', (version) => {
    expect(setup({ version })[0]).toMatchObject({ kind: 'good' });
  });

  it.each(['6.0.16', '5.0.7', 'unknown'])('does not take version %s', (version) => {
    expect(setup({ version })[0]).toMatchObject({
      kind: 'bad',
      exit: 'unavailable',
      cure: 'install 6.2 or newer',
    });
  });

  it('warns of a policy that forgets notifications', () => {
    const warning = setup({ policy: 'allkeys-lru' }).find(({ kind }) => kind === 'warning');
    expect(warning).toMatchObject({ cure: 'set `maxmemory-policy noeviction`' });
  });

  it('takes snapshots for persistence, and says what they lose', () => {
    expect(setup({ aof: 0, save: '3600 1' })[1]).toMatchObject({
      kind: 'good',
      detail: expect.stringContaining('snapshots') as string,
    });
  });

  it.each(['', 'forbidden'])(
    'warns of a Redis that keeps nothing on disk or does not tell (save: %s)',
    (save) => {
      expect(setup({ aof: 0, save })[1]).toMatchObject({ kind: 'warning', cure: 'set `appendonly yes`' });
    },
  );

  it('warns of a Redis that is far away', () => {
    expect(setup({ pingMs: 120 })).toContainEqual(
      expect.objectContaining({ kind: 'warning', detail: 'takes 120 ms to answer' }),
    );
  });
});
