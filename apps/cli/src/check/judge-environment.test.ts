import { expect, test } from 'vitest';
import { judgeEnvironment } from './judge-environment.ts';

const named = (environment: NodeJS.ProcessEnv, proxy?: string) =>
  judgeEnvironment(environment, proxy).map(({ kind, what }) => `${kind} ${what}`);

test('a proxy of the environment that nobody uses is told, without what it says', () => {
  const environment = {
    HTTPS_PROXY: 'http://user:secret@proxy:3128',
    no_proxy: 'localhost',
    https_proxy: '',
  };
  expect(named(environment)).toEqual(['warning HTTPS_PROXY']);
  expect(JSON.stringify(judgeEnvironment(environment, undefined))).not.toContain('secret');
});

test('beside a proxy of the configuration, exceptions from it are told', () => {
  const environment = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '10.0.0.0/8' };
  expect(named(environment, 'http://proxy:3128')).toEqual(['warning NO_PROXY']);
});

test('an environment without any is no matter', () => {
  expect(named({ PATH: '/usr/bin' })).toEqual([]);
});
