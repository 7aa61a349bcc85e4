import { expect, test } from 'vitest';
import { changedSettings } from './changed-settings.ts';
import { parseConfig } from './load-config.ts';
import { sampleAppTypes } from './schema/app-types.testing.ts';

function configOf(text: string) {
  const redis = text.includes('redis:') ? '' : 'redis: {url: "redis://127.0.0.1:6379/0"}\n';
  const apps = 'apps: {com.example.app: {type: drum, project_id: a}}\n';
  return parseConfig(`${redis}${text}\n${apps}`, { path: 'carillon.yaml', appTypes: sampleAppTypes });
}

test.each([
  ['nothing', '', '', []],
  [
    'what means the same',
    'worker: {stop_grace: 60s}',
    'worker: {stop_grace: 1m, concurrency: 256}\nlog:',
    [],
  ],
  ['a size', '', 'ingress: {max_body: 1MiB}', ['ingress.max_body']],
  ['an address', '', 'worker: {ops_listen: "0.0.0.0:9402"}', ['worker.ops_listen']],
  ['what is optional', 'ingress: {rate_limit: 5}', '', ['ingress.rate_limit']],
  ['what stands deeper', '', 'rejections: {fuse: {window: 1m}}', ['rejections.fuse.window']],
  ['the proxy', 'proxy: "http://a:3128"', 'proxy: "http://b:3128"', ['proxy']],
  [
    'Redis',
    '',
    'redis: {url: "rediss://127.0.0.1:6379/1", key_prefix: x}',
    ['redis.url', 'redis.key_prefix'],
  ],
  ['the kind of Redis', '', 'redis: {cluster: ["redis://127.0.0.1:6379"]}', ['redis.cluster']],
  ['the level', '', 'log: {level: debug}', ['log.level']],
])('names %s', (_what, before, after, names) => {
  expect(changedSettings(configOf(before), configOf(after))).toEqual(names);
});
