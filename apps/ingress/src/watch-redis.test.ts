import { EventEmitter, once } from 'node:events';
import { connectFailingFast } from '@carillon/queue';
import { expect, test } from 'vitest';
import { startPrivateRedis } from '../../../test/redis/private-redis.ts';
import { watchRedis } from './watch-redis.ts';

/** The first word about a Redis whose user has such rights. */
async function wordOf(...rights: readonly string[]): Promise<unknown> {
  const user = ['--user', 'default', 'on', 'nopass', '~carillon:*', '&carillon:*', '+@all', ...rights];
  await using server = await startPrivateRedis({ args: user });
  const redis = connectFailingFast(server.settings);
  const said = new EventEmitter();
  const word = once(said, 'word');
  const end = watchRedis(redis, 'carillon', {
    usable: () => said.emit('word', 'usable'),
    partlyUsable: () => said.emit('word', 'partly'),
    unusable: (error) => said.emit('word', String(error)),
    roundTrip: () => undefined,
  });
  const [first] = (await word) as [unknown];
  end();
  redis.disconnect();
  return first;
}

test('a Redis that only hides how it is can be used', async () => {
  expect(await wordOf('-@dangerous')).toBe('usable');
});

test('a Redis that runs no scripts for us cannot, since deliveries are taken by one', async () => {
  expect(await wordOf('-@scripting', '+info')).toMatch(/NOPERM .*eval/);
});
