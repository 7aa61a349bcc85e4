import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { eventKinds } from '@carillon/core';
import { describe, expect, test } from 'vitest';
import { exits } from '../process/exits.ts';
import { ConfigError } from './problems/config-error.ts';
import { loadConfig, parseConfig } from './load-config.ts';
import { apps, redis, withSection } from './config-text.testing.ts';
import { mistakes } from './mistakes.testing.ts';
import { sampleAppTypes as appTypes } from './schema/app-types.testing.ts';

function parse(text: string) {
  return parseConfig(text, { path: 'carillon.yaml', appTypes });
}

function errorOf(act: () => unknown): ConfigError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('It was taken as a good configuration');
}

/** What an operator reads, without the name of the file in front. */
function problemsOf(text: string): readonly string[] {
  return errorOf(() => parse(text)).lines.map((line) => line.replace(/^carillon\.yaml:\s?/, ''));
}

describe('a good configuration', () => {
  test('needs a Redis and an app, and has a default for everything else', () => {
    expect(parse(`${redis}\n${apps}\n`)).toEqual({
      redis: {
        server: { kind: 'single', node: { host: '127.0.0.1', port: 6379 }, database: 0 },
        tls: false,
        keyPrefix: 'carillon',
      },
      queue: { shards: 1 },
      ingress: {
        listen: { host: '0.0.0.0', port: 8080 },
        opsListen: { host: '127.0.0.1', port: 9401 },
        opsHosts: [],
        trustProxy: [],
        maxBodyBytes: 262_144,
        maxDevices: 20,
        maxRings: 300,
        dedupWindowMs: 7_200_000,
        unknownApp: 'reject',
        testPushWaitMs: 5_000,
        accessLog: 0,
        keepAliveMs: 620_000,
      },
      worker: {
        opsListen: { host: '127.0.0.1', port: 9402 },
        opsHosts: [],
        concurrency: 256,
        stopGraceMs: 20_000,
      },
      rejections: { ttlMs: 7_776_000_000, fuse: { windowMs: 600_000, minSamples: 50, share: 0.5 } },
      trace: { keepMs: 86_400_000, maxMemoryBytes: 67_108_864, index: [] },
      proxy: undefined,
      log: { level: 'info' },
      console: {
        listen: { host: '127.0.0.1', port: 9_403 },
        hosts: [],
        trustProxy: [],
        userHeader: 'X-Forwarded-User',
      },
      opentelemetry: { sample: 0.01, limit: 100, serviceName: 'carillon' },
      events: { kinds: eventKinds, pushkeys: 'fingerprints', allowPrivate: [] },
      apps: [
        {
          name: 'com.example.app',
          type: 'bell',
          maxAgeMs: { calls: 30_000, high: 86_400_000, low: 86_400_000 },
          maxBacklog: 1_000_000,
          mode: 'live',
          maxBacklogBytes: 1_073_741_824,
          settings: { platform: 'production', topic: 't' },
        },
      ],
    });
  });

  test('reads every setting in its unit', () => {
    const config = parse(`
redis:
  url: rediss://gateway@[::1]:6380/3
  password_file: /run/secrets/redis
  key_prefix: test:push
ingress:
  listen: "[::]:0"
  ops_listen: localhost:9401
  trust_proxy: [10.0.0.0/8, 192.0.2.1, "fd00::/8"]
  max_body: 1MiB
  max_devices: 7
  rate_limit: 1000
  keep_alive: 75s
  dedup_window: 90m
  unknown_app: ignore
  test_push_wait: 0s
worker:
  ops_listen: 127.0.0.1:0
  concurrency: 8
  stop_grace: 1500ms
rejections:
  ttl: 30d
  fuse: {window: 5min, min_samples: 10, share: 1}
proxy: http://user:pass@proxy:3128
log: {level: silent}
console:
  listen: 0.0.0.0:9403
  hosts: [console.example.org]
  password_file: /run/secrets/console
  trust_proxy: [10.0.0.0/8]
  user_header: Remote-User
opentelemetry:
  endpoint: https://otlp.example.com/otlp/
  headers_file: /run/secrets/otlp
  sample: 1
  limit: 5
  service_name: push.example
apps:
  com.example.*:
    type: gong
    topic: t
    platform: sandbox
    max_age: {high: 1h, calls: 20s}
    max_backlog: 5000
    max_backlog_memory: 64MiB
    options: {a: [1, {b: c}]}
`);
    expect(config).toMatchObject({
      redis: {
        server: { kind: 'single', node: { host: '::1', port: 6380 }, database: 3 },
        tls: true,
        username: 'gateway',
        passwordFile: '/run/secrets/redis',
        keyPrefix: 'test:push',
      },
      ingress: {
        listen: { host: '::', port: 0 },
        opsListen: { host: 'localhost', port: 9401 },
        opsHosts: [],
        trustProxy: ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'],
        maxBodyBytes: 1_048_576,
        maxDevices: 7,
        maxRings: 300,
        rateLimit: 1_000,
        keepAliveMs: 75_000,
        dedupWindowMs: 5_400_000,
        unknownApp: 'ignore',
        testPushWaitMs: 0,
      },
      worker: { opsListen: { host: '127.0.0.1', port: 0 }, opsHosts: [], concurrency: 8, stopGraceMs: 1_500 },
      rejections: { ttlMs: 2_592_000_000, fuse: { windowMs: 300_000, minSamples: 10, share: 1 } },
      log: { level: 'silent' },
      console: {
        listen: { host: '0.0.0.0', port: 9_403 },
        hosts: ['console.example.org'],
        passwordFile: '/run/secrets/console',
        trustProxy: ['10.0.0.0/8'],
        userHeader: 'Remote-User',
      },
      opentelemetry: {
        endpoint: 'https://otlp.example.com/otlp/v1/traces',
        headersFile: '/run/secrets/otlp',
        sample: 1,
        limit: 5,
        serviceName: 'push.example',
      },
      apps: [
        {
          name: 'com.example.*',
          type: 'bell',
          maxAgeMs: { calls: 20_000, high: 3_600_000, low: 3_600_000 },
          maxBacklog: 5_000,
          maxBacklogBytes: 67_108_864,
        },
      ],
    });
    expect(config.apps[0]?.settings).toEqual({
      platform: 'sandbox',
      topic: 't',
      options: { a: [1, { b: 'c' }] },
    });
    expect(config.proxy?.href).toBe('http://user:pass@proxy:3128/');
  });

  test('may name a cluster by several nodes', () => {
    expect(parse(withSection('redis: {cluster: ["redis://a:7000", "redis://b"]}')).redis).toEqual({
      server: {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
      },
      tls: false,
      keyPrefix: 'carillon',
    });
  });

  test('may name sentinels, whose port is 26379 unless another is written', () => {
    const section = 'redis: {sentinel: {name: main, nodes: ["rediss://a", "rediss://b:5000"]}, username: u}';
    expect(parse(withSection(section)).redis).toEqual({
      server: {
        kind: 'sentinel',
        name: 'main',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5000 },
        ],
      },
      tls: true,
      username: 'u',
      keyPrefix: 'carillon',
    });
  });

  test('has the defaults for a section whose lines are all commented out', () => {
    const config = parse(withSection('worker:\n#  concurrency: 8\nrejections:\n  fuse:\nlog:'));
    expect(config.worker.concurrency).toBe(256);
    expect(config.rejections.fuse.minSamples).toBe(50);
    expect(config.log.level).toBe('info');
  });

  test('takes an app under any name, also one that every object inherits', () => {
    const names = ['constructor', '__proto__', 'toString', '1', 'true'];
    const config = parse(
      `${redis}\napps:\n${names.map((name) => `  ${name}: {type: bell, topic: t}\n`).join('')}`,
    );
    expect(config.apps.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(config.apps.every(({ settings }) => settings['topic'] === 't')).toBe(true);
  });

  test('may share settings between apps by anchors and merge keys', () => {
    const config = parse(`${redis}
apps:
  a: &shared {type: bell, topic: t, max_backlog: 20}
  b:
    <<: *shared
    topic: u
`);
    expect(config.apps[1]).toMatchObject({
      name: 'b',
      type: 'bell',
      maxBacklog: 20,
      settings: { topic: 'u' },
    });
  });

  test('cannot be changed, however deep', () => {
    const config = parse(withSection('apps: {a: {type: bell, topic: t, options: {b: {c: 1}}}}'));
    const options = config.apps[0]?.settings['options'] as { b: { c: number } };
    for (const part of [config, config.redis.server, config.ingress.trustProxy, config.apps, options.b])
      expect(Object.isFrozen(part)).toBe(true);
    // The next one must not find what was frozen for this one.
    expect(parse(`${redis}\n${apps}\n`).ingress.trustProxy).toEqual([]);
  });
});

describe('a configuration with a mistake', () => {
  test.for(Object.entries(mistakes))('says what to do about %s', ([, [text, problems]]) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('tells everything that is wrong at once, in the order of the file', () => {
    expect(
      problemsOf(`
worker: {concurrency: 0}
redis: {url: redis://:hunter2@h}
apps:
  a: {type: bell}
  b: {type: drum, projct_id: p}
log: {level: loud}
`),
    ).toEqual([
      '2:10: worker.concurrency: must be a whole number from 1 to 4096',
      '3:9: redis.url: holds a password; write it into a file and name that file in redis.password_file',
      '5:3: apps.a.topic: is missing; it must be a text',
      '6:3: apps.b.project_id: is missing; it must be a project',
      '6:19: apps.b.projct_id: is not a setting; did you mean project_id?',
      '7:7: log.level: must be one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  test('never shows a value, since it may be a secret', () => {
    for (const text of [
      'redis: {url: "redis://u:hunter2@h"}',
      'redis: {url: "hunter2"}',
      'proxy: https://u:hunter2@h',
      'proxy: hunter2',
      'redis: {password_file: [hunter2]}',
      'log: {level: hunter2}',
      'redis: {url: "hunter2\n',
      'apps: {a: {type: hunter2}}',
    ])
      expect(problemsOf(withSection(text)).join('\n')).not.toContain('hunter2');
  });

  test('keeps the apps that nothing is wrong with, where no log of the error shows them', () => {
    const error = errorOf(() =>
      parse(withSection('apps: {a.b: {type: bell, topic: hunter2}, c: {type: bell, topic: t, max_age: 24}}')),
    );
    expect(error.goodApps.map(({ name }) => name)).toEqual(['a.b']);
    expect(`${inspect(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  test('ends the process with the exit code for configurations', () => {
    expect(errorOf(() => parse('')).exitCode).toBe(exits.configuration.code);
  });
});

describe('the file', () => {
  async function directory() {
    const path = await mkdtemp(join(tmpdir(), 'carillon-config-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }
  const advice =
    'write a configuration (docs/configuration.md has one to start from), or name another file with --config or CARILLON_CONFIG';

  test('is read from where the caller says', async () => {
    await using dir = await directory();
    const path = join(dir.path, 'carillon.yaml');
    await writeFile(path, `\uFEFF${redis}\r\n${apps}\r\n`);
    expect(loadConfig({ path, appTypes }).apps).toHaveLength(1);
  });

  test('may be missing, a directory or no text, which is said in one line', async () => {
    await using dir = await directory();
    const missing = join(dir.path, 'no.yaml');
    const binary = join(dir.path, 'binary.yaml');
    await writeFile(binary, Buffer.from([0xff, 0xfe, 0x00]));
    const linesOf = (path: string) => errorOf(() => loadConfig({ path, appTypes })).lines;
    expect(linesOf(missing)).toEqual([`${missing}: does not exist; ${advice}`]);
    expect(linesOf(dir.path)).toEqual([`${dir.path}: is a directory; ${advice}`]);
    expect(linesOf(binary)).toEqual([`${binary}: is not UTF-8; ${advice}`]);
  });
});
