import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lanes } from '@carillon/core';
import {
  connectPatiently,
  createParking,
  createWorkerPresence,
  type ParkCause,
  type RedisClient,
} from '@carillon/queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { startFakeApns, type FakeApnsOptions } from '../../../../test/fakes/apns/server.ts';
import { startFakeFcm, type FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import { startFakeProxy } from '../../../../test/fakes/apns/proxy.ts';
import { providers } from '../providers.ts';
import { runCheck } from './check.ts';

interface SetupOptions {
  readonly redisArgs?: readonly string[];
  /** Further lines of the section `redis`. */
  readonly redisKeys?: (folder: string) => string;
  /** Further sections. */
  readonly sections?: string;
  readonly change?: (config: string) => string;
  readonly apns?: FakeApnsOptions;
  readonly fcm?: FakeFcmOptions;
  /** Whether workers have said that they run. Default: they have. */
  readonly workers?: boolean;
}

/** A Redis, both stand-ins, workers as Redis knows them, and a configuration that names them. */
async function setup({
  redisArgs = [],
  redisKeys,
  sections = '',
  change = (config) => config,
  apns: apnsOptions = {},
  fcm: fcmOptions = {},
  workers = true,
}: SetupOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await startPrivateRedis({ args: redisArgs });
  onTestFinished(() => redis.stop());
  const apns = await startFakeApns({
    answer: () => ({ status: 400, reason: 'BadDeviceToken' }),
    ...apnsOptions,
  });
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const fcm = await startFakeFcm({
    answer: () => ({ status: 400, errorCode: 'INVALID_ARGUMENT' }),
    ...fcmOptions,
  });
  onTestFinished(() => fcm.close());
  const configPath = join(folder, 'carillon.yaml');
  const { keyfile, keyId, teamId } = apns.signingKey;
  const config = `redis:
  url: ${redis.url}
${redisKeys?.(folder) ?? ''}${sections}
apps:
  ios:
    type: apns
    keyfile: ${keyfile}
    key_id: ${keyId}
    team_id: ${teamId}
    topic: com.example.app
    endpoint: ${apns.url}
    ca_file: ${apns.caFile}
  android:
    type: fcm
    service_account_file: ${fcm.serviceAccountFile}
    endpoint: ${fcm.url}
    ca_file: ${fcm.caFile}
`;
  await writeFile(configPath, change(config));
  if (workers && redisArgs.length === 0) {
    await withRedis(redis.settings, async (client) => {
      const presence = createWorkerPresence(client, 'carillon', 'worker');
      await presence.beat(new Map(['ios', 'android'].map((app) => [app, lanes])));
    });
  }

  async function run({ offline = false, json = false } = {}) {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text.trimEnd()) };
    const environment = {};
    const exit = await runCheck({
      configPath,
      offline,
      environment,
      json,
      providers,
      output,
      coloured: false,
    });
    return { exit, lines, text: lines.join('\n') };
  }
  async function check(options = {}) {
    const { lines, ...rest } = await run(options);
    const marked = (sign: string) => lines.filter((line) => line.startsWith(sign));
    // A machine that is busy makes a Redis slow now and then, and stand-ins have authorities for two days.
    const warnings = marked('!').filter((line) => !/takes \d+ ms|\.ca_file: /.test(line));
    return { ...rest, lines, bad: marked('✗'), warnings };
  }
  return { redis, apns, fcm, folder, run, check };
}

async function withRedis<T>(
  settings: Parameters<typeof connectPatiently>[0],
  work: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const client = connectPatiently(settings);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

const containing = (text: string) => expect.stringContaining(text) as string;
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describe('carillon check', () => {
  it('is content with an installation that works, and rings no phone', async () => {
    const { check, apns, fcm, redis } = await setup();
    const { exit, lines, text } = await check();
    for (const good of [
      `✓ redis 127.0.0.1:${redis.port}: version `,
      `✓ redis 127.0.0.1:${redis.port}: memory: `,
      `✓ the clock of this machine: agrees with redis 127.0.0.1:${redis.port}, ${apns.url}, ${fcm.url}`,
      '✓ workers: every app and lane is taken',
      '✓ apps.ios: its apns credentials can be read',
      `✓ apps.ios: ${apns.url} can be reached`,
      '✓ apps.ios: the provider takes its credentials (a send to a made-up device: BadDeviceToken)',
      `✓ apps.android: ${fcm.url} can be reached`,
      '✓ apps.android: the provider takes its credentials',
    ])
      expect(text).toContain(good);
    expect(lines.at(-1)).toMatch(/^(All well|No problem, \d warnings?)\.$/);
    expect(exit).toBe('ok');
    expect([apns.requests.length, apns.received.length, fcm.received.length, fcm.accepted]).toEqual([
      1, 0, 1, 0,
    ]);
  });

  it('tells a newcomer without workers that nothing is wrong', async () => {
    const { check } = await setup({ workers: false });
    const { exit, lines, warnings } = await check();
    expect(warnings).toEqual(['! workers: none runs, and nothing waits: start `carillon worker`']);
    expect(lines.at(-1)).toMatch(/^No problem, \d warning/);
    expect(exit).toBe('ok');
  });

  it('touches nothing outside when it is told to stay offline', async () => {
    const { check, redis, apns, fcm } = await setup();
    await redis.kill();
    const { exit, text } = await check({ offline: true });
    expect(text).not.toContain('redis 127');
    expect([apns.counters.connectionsOpened, fcm.connections.connections]).toEqual([0, 0]);
    expect(exit).toBe('ok');
  });

  it('gives machines one JSON object, with the same findings', async () => {
    const { run, apns } = await setup({
      change: (config) => config.replace(/key_id: .*/, 'key_id: KEYID67890'),
    });
    const { exit, lines } = await run({ json: true });
    expect(lines).toHaveLength(1);
    const report: unknown = JSON.parse(lines[0] ?? '');
    expect(report).toMatchObject({ ok: false, exit_code: 78, problems: 1 });
    const { findings } = report as { readonly findings: readonly object[] };
    expect(findings).toContainEqual({
      check: 'dry_run',
      status: 'bad',
      subject: 'apps.ios',
      detail: containing('InvalidProviderToken'),
      cure: containing('key_id'),
    });
    expect(findings).toContainEqual({
      check: 'reach',
      status: 'good',
      subject: 'apps.ios',
      detail: containing(`${apns.url} can be reached, within `),
    });
    expect(exit).toBe('configuration');
  });

  it('goes through the proxy', async () => {
    await using proxy = await startFakeProxy();
    const { check, apns, fcm } = await setup({ sections: `proxy: ${proxy.url.href}\n` });
    expect((await check()).exit).toBe('ok');
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(apns.url).host, new URL(fcm.url).host]));
  });
});

describe('of the configuration and its files, carillon check', () => {
  it('tells all problems at once, with their lines', async () => {
    const change = (config: string) =>
      config.replace('type: fcm', 'type: fcms').replace('key_id: ', 'key_id: short');
    const { check } = await setup({ change });
    const { exit, bad, lines } = await check();
    expect(bad).toEqual([
      matching(/carillon\.yaml:\d+:\d+: apps\.ios\.key_id: must be the 10 characters/),
      matching(/carillon\.yaml:\d+:\d+: apps\.android\.type: .*did you mean fcm/),
    ]);
    expect(lines.at(-1)).toBe('2 problems.');
    expect(exit).toBe('configuration');
  });

  it('tells the credentials that are wrong beside a problem of another app, which hides nothing but itself', async () => {
    const change = (config: string) =>
      config
        .replace('type: fcm', 'type: fcms')
        .replace(/keyfile: .*/, 'keyfile: /nonexistent.p8')
        .concat(
          "  '${APP}': {type: apns, keyfile: /other.p8, key_id: AAAAAAAAAA, team_id: AAAAAAAAAA, topic: t}\n",
        );
    const { check, apns } = await setup({ change });
    const { exit, bad } = await check();
    expect(bad).toEqual([
      matching(/carillon\.yaml:\d+:\d+: apps\.android\.type: .*did you mean fcm/),
      containing('apps.${APP}: is written as a variable'),
      containing('apps.ios.keyfile: /nonexistent.p8'),
    ]);
    expect(exit).toBe('configuration');
    expect(apns.requests).toHaveLength(0); // nothing outside is asked with half a configuration
  });

  it('tells the credentials that are wrong for each app, and goes on', async () => {
    const change = (config: string) =>
      config
        .replace(/keyfile: .*/, 'keyfile: /nonexistent.p8')
        .replace(/service_account_file: .*/, 'service_account_file: /nonexistent.json');
    const { check } = await setup({ change });
    const { exit, bad, text } = await check();
    expect(bad).toEqual([
      containing('apps.ios.keyfile: /nonexistent.p8'),
      containing('apps.android.service_account_file: /nonexistent.json'),
    ]);
    expect(text).toContain('✓ redis ');
    expect(exit).toBe('configuration');
  });

  it('tells how long a certificate lives, and one that has expired', async () => {
    let certfile = '';
    const change = (config: string) =>
      config.replace(/keyfile: .*\n.*key_id: .*\n.*team_id: .*\n/, () => `certfile: ${certfile}\n`);
    const s = await setup();
    certfile = s.apns.issueClientCertificate();
    const configPath = join(s.folder, 'carillon.yaml');
    await writeFile(configPath, change(readFileSync(configPath, 'utf8')));
    const young = await s.check();
    expect(young.warnings).toEqual([
      matching(/^! apps\.ios\.certfile: .* is valid until .*, 1 day left: renew it/),
    ]);
    expect(young.exit).toBe('ok');
    await writeFile(certfile, expired(readFileSync(certfile, 'utf8')));
    const old = await s.check();
    expect(old.bad).toContainEqual(matching(/apps\.ios\.certfile: .* was valid until 2021-01-01: renew it/));
    expect(old.exit).toBe('configuration');
  });
});

describe('of Redis, carillon check', () => {
  it('tells one that is down, and goes on', async () => {
    const { check, redis } = await setup();
    await redis.kill();
    const { exit, bad, text } = await check();
    expect(bad).toEqual([matching(/redis 127\.0\.0\.1:\d+: .*ECONNREFUSED.*: start Redis/)]);
    expect(text).toContain('✓ apps.ios: the provider takes its credentials');
    expect(exit).toBe('unavailable');
  });

  it('tells one that is frozen from one that is down, in time', async () => {
    const { check, redis } = await setup();
    redis.freeze();
    const { bad } = await check();
    redis.thaw();
    expect(bad).toEqual([containing('it is frozen, swapping, loading its data')]);
  });

  it('tells one that is full, and what has been thrown away', async () => {
    const { check, redis } = await setup();
    await withRedis(redis.settings, (client) => client.config('SET', 'maxmemory', '1mb'));
    const { bad, exit } = await check();
    expect(bad).toEqual([
      matching(/memory: .*raise `maxmemory`/),
      matching(/OOM .*: give Redis more memory/),
    ]);
    expect(exit).toBe('unavailable');
  });

  it('tells one that evicts', async () => {
    const { check, redis } = await setup({ redisArgs: ['--maxmemory-policy', 'allkeys-lru'] });
    await withRedis(redis.settings, async (client) => {
      await client.config('SET', 'maxmemory', '4mb');
      const value = 'x'.repeat(50_000);
      for (let count = 0; count < 200; count += 1) await client.set(`key ${count}`, value);
      await client.config('SET', 'maxmemory', '0');
    });
    const { bad, warnings } = await check();
    expect(bad).toEqual([matching(/has thrown away \d+ keys .*: set `maxmemory-policy noeviction`/)]);
    expect(warnings).toContainEqual(containing('its eviction policy is allkeys-lru'));
  });

  it('warns of one that forgets, and ends well all the same', async () => {
    const { check } = await setup({
      redisArgs: ['--appendonly', 'no', '--save', '', '--maxmemory-policy', 'allkeys-lru'],
    });
    const { exit, warnings } = await check();
    expect(warnings).toContainEqual(containing('its eviction policy is allkeys-lru'));
    expect(warnings).toContainEqual(containing('keeps nothing on disk'));
    expect(exit).toBe('ok');
  });

  it.each([
    ['no', ''],
    ['a wrong', 'not it'],
  ])('blames the login when it gets %s password', async (_, password) => {
    const { check, redis, folder } = await setup(
      password === '' ? {} : { redisKeys: (home) => `  password_file: ${join(home, 'password')}\n` },
    );
    await writeFile(join(folder, 'password'), password);
    await withRedis(redis.settings, (client) => client.config('SET', 'requirepass', 'the secret'));
    const { exit, bad, text } = await check();
    expect(bad).toEqual([containing('correct `redis.username` and `redis.password_file`')]);
    expect(text).not.toContain('not it');
    expect(exit).toBe('configuration');
  });

  const userWith = (...rights: readonly string[]): readonly string[] =>
    ['--user', 'default', 'on', 'nopass', '~carillon:*', '&carillon:*', '+@all'].concat(rights);

  it('warns of one that does not tell how it is', async () => {
    const { check } = await setup({ redisArgs: userWith('-@dangerous') });
    const { exit, bad, warnings } = await check();
    expect(bad).toEqual([]);
    expect(warnings).toContainEqual(matching(/INFO is forbidden: .* cannot be seen: give the user `\+info`/));
    expect(exit).toBe('ok');
  });

  it.each(['-@scripting', '-eval', '-evalsha'])(
    'blames a user without the right to run scripts (%s)',
    async (right) => {
      const { check } = await setup({ redisArgs: userWith(right, '+info') });
      const { exit, bad } = await check();
      expect(bad).toEqual([matching(/EVAL: .*: let the user run scripts .*\+@scripting/)]);
      expect(exit).toBe('configuration');
    },
  );

  it('blames a replica, which takes no queue', async () => {
    const { check } = await setup({ redisArgs: ['--replicaof', '127.0.0.1', '1'] });
    const { exit, bad, text } = await check();
    expect(bad).toEqual([containing('name the primary, not a replica')]);
    expect(exit).toBe('configuration');
    // Workers cannot say there that they run.
    expect(text).not.toContain('workers');
  });

  it('tells a name that nobody knows', async () => {
    const { check } = await setup({
      change: (config) => config.replace(/url: .*/, 'url: redis://redis.invalid'),
    });
    const { bad } = await check();
    expect(bad).toEqual([matching(/redis redis\.invalid:6379: .*: correct the host under `redis`/)]);
  });
});

describe('of what goes on, carillon check', () => {
  const causes: readonly [string, ParkCause, string, string][] = [
    [
      'parked',
      { kind: 'misconfigured', reason: 'TopicDisallowed', cure: 'Set `topic`.' },
      'parked for 0ms (TopicDisallowed): its deliveries wait: Set `topic`.',
      'configuration',
    ],
    [
      'held',
      { kind: 'outage', reason: 'ServiceUnavailable', cure: 'Wait.' },
      'held for 0ms (ServiceUnavailable): half of its sends or more fail, and its deliveries wait: Wait.',
      'unavailable',
    ],
  ];

  it.each(causes)('tells an app that is %s, with its cure', async (_, cause, detail, exit) => {
    const { check, redis } = await setup();
    await withRedis(redis.settings, (client) => createParking(client, 'carillon').park('ios', cause));
    const result = await check();
    expect(result.bad.map((line) => line.replace(/for [\d.]+m?s/, 'for 0ms'))).toEqual([
      containing(`✗ apps.ios: ${detail}`),
    ]);
    expect(result.exit).toBe(exit);
  });

  it('tells deliveries that nobody takes, and those that were given up', async () => {
    const { check, redis } = await setup({ workers: false });
    await withRedis(redis.settings, async (client) => {
      const shard = 'carillon:{0.3}';
      await client.sadd(`${shard}queues`, 'ios/high', 'android/low');
      await client.lpush(`${shard}ios/high:wait`, '1', '2');
      await client.hset(`${shard}ios/high:1`, 'timestamp', String(Date.now() - 3_600_000));
      await client.hset(`${shard}ios/high:2`, 'timestamp', String(Date.now()));
      await client.zadd(`${shard}android/low:failed`, 1, '7');
    });
    const { bad, warnings, text, exit } = await check();
    expect(text).toMatch(/✓ apps\.ios: 2 wait to be sent, the oldest for 1h( \d+s)?; 0 for a later try/);
    expect(bad).toEqual(['✗ workers: none runs, and 2 deliveries wait: start `carillon worker`']);
    expect(warnings).toEqual([containing('apps.android: 1 delivery given up')]);
    expect(exit).toBe('unavailable');
  });
});

describe('of providers, carillon check', () => {
  it.each<[string, (config: string) => string, string, RegExp]>([
    [
      'a key with the ID of another',
      (config) => config.replace(/key_id: .*/, 'key_id: KEYID67890'),
      'InvalidProviderToken',
      /See that `key_id` and `team_id` belong to the key/,
    ],
    [
      'a topic that the key does not cover',
      (config) => config.replace(/topic: .*/, 'topic: com.example.other'),
      'TopicDisallowed',
      /See that `topic` is the bundle ID/,
    ],
    [
      'a project of somebody else',
      (config) => config.replace('type: fcm', 'type: fcm\n    project_id: other-project'),
      'PERMISSION_DENIED',
      /See that project_id is the project of the service account/,
    ],
  ])('tells %s', async (_, change, reason, cure) => {
    const { check } = await setup({ change });
    const { bad, exit } = await check();
    expect(bad).toEqual([matching(cure)]);
    expect(bad[0]).toContain(`the provider refuses every send: ${reason}`);
    expect(exit).toBe('configuration');
  });

  it.each([
    ['an API that is switched off', { status: 403, errorInfo: 'SERVICE_DISABLED' }, /Switch on/],
    ['a missing role', { status: 403, errorInfo: 'IAM_PERMISSION_DENIED' }, /give the account the role/],
    ['a project that does not exist', { status: 404 }, /Correct project_id/],
  ])('tells %s', async (_, answer, cure) => {
    const { check } = await setup({ fcm: { answer: () => answer } });
    const { bad, exit } = await check();
    expect(bad).toEqual([matching(cure)]);
    expect(exit).toBe('configuration');
  });

  it('tells trouble of a provider, which is nobody else’s fault', async () => {
    const { check } = await setup({
      apns: { answer: () => ({ status: 503, reason: 'ServiceUnavailable' }) },
    });
    const { bad, exit } = await check();
    expect(bad).toEqual([matching(/fails: ServiceUnavailable, .*: workers try again by themselves/)]);
    expect(exit).toBe('unavailable');
  });

  it('tells a quota that is used up with what helps, which is not to wait', async () => {
    const { check } = await setup({
      fcm: { answer: () => ({ status: 429, errorCode: 'QUOTA_EXCEEDED', quota: 'project' }) },
    });
    expect((await check()).bad).toEqual([matching(/fails: project_quota, .*: Have the quota .* raised/)]);
  });

  it('blames a clock that is ten minutes off for all that comes of it, and not the keys', async () => {
    const now = () => Date.now() - 600_000;
    const { check } = await setup({ apns: { now }, fcm: { now } });
    const { bad, exit } = await check();
    expect(bad).toEqual([
      matching(/^✗ the clock of this machine: is (9m 59s|10m.*) ahead of that of https:.*: set it by NTP/),
      matching(/token_clock_wrong.*: set the clock of this machine first/),
    ]);
    expect(exit).toBe('unavailable');
  });

  it.each<[string, (config: string) => string, RegExp]>([
    [
      'a name that nobody knows',
      (config) => config.replace(/endpoint: .*(?=\n.*\n.*android)/, 'endpoint: https://apns.invalid'),
      /https:\/\/apns\.invalid cannot be reached, its name cannot be resolved \(\w+\): correct the name/,
    ],
    [
      'a port where nobody listens',
      (config) => config.replace(/endpoint: .*(?=\n.*\n.*android)/, 'endpoint: https://127.0.0.1:1'),
      /https:\/\/127\.0\.0\.1:1 cannot be reached, its port is refused \(ECONNREFUSED\)/,
    ],
    [
      'a certificate that is not trusted',
      (config) => config.replace(/ +ca_file: .*\n(?=.*android)/, ''),
      /its certificate is not trusted \(\w+\): .*`ca_file`/,
    ],
  ])('tells %s, and does not blame the credentials', async (_, change, line) => {
    const { check } = await setup({ change });
    const { bad, exit } = await check();
    expect(bad).toEqual([matching(line)]);
    expect(exit).toBe('unavailable');
  });

  it('tells a proxy that wants another password, without telling ours', async () => {
    await using proxy = await startFakeProxy({ credentials: 'user:right' });
    const url = new URL(proxy.url);
    url.password = 'wrong-secret';
    const { check } = await setup({ sections: `proxy: ${url.href}\n` });
    const { bad, text } = await check();
    expect(bad).toHaveLength(2); // one for each app
    for (const line of bad)
      expect(line).toMatch(
        /the proxy wants another user or password \(HTTP 407\): put the right user and password/,
      );
    expect(text).not.toContain('wrong-secret');
  });

  it('warns of a provider that answers slowly', async () => {
    const { check } = await setup({ apns: { latencyMs: 3_100 } });
    const { warnings, exit } = await check();
    expect(warnings).toEqual([
      matching(
        /apps\.ios: the provider takes its credentials \(.*\), within [\d.]+s; .*: the provider is slow/,
      ),
    ]);
    expect(exit).toBe('ok');
  });

  it('tells a provider that takes connections and then says nothing, in time', async () => {
    const { check, apns } = await setup();
    apns.freeze();
    const { bad } = await check();
    expect(bad).toEqual([matching(/takes the connection and then says nothing in time \(ETIMEDOUT\)/)]);
  });
});

/** The same certificate with an end in the past. Its signature is wrong then, which nobody here looks at. */
function expired(pem: string): string {
  const [block = '', body = ''] =
    /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem) ?? [];
  const der = Buffer.from(body, 'base64').toString('latin1');
  // ASN.1's UTCTime: tag, length, and the two times of the validity.
  // oxlint-disable-next-line no-control-regex -- bytes, not text
  const old = der.replaceAll(/\x17\x0d\d{12}Z/g, '\x17\x0d210101000000Z');
  const lines =
    Buffer.from(old, 'latin1')
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return pem.replace(block, `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----`);
}

it('tells of an app in dry run, whose phones are silent on purpose', async () => {
  const { check } = await setup({
    change: (config) => config.replace('type: fcm', 'type: fcm\n    mode: dry_run'),
  });
  const { exit, warnings } = await check({ offline: true });
  expect(exit).toBe('ok');
  expect(warnings).toEqual([expect.stringContaining('apps.android: is in dry run')]);
});

it('tells of the files of events, without which no worker starts', async () => {
  const events = (file: string) =>
    `\nevents:\n  url: https://ops.example.org/carillon\n  secret_file: ${file}\n`;
  const missing = await setup({ sections: events('nowhere.secret') });
  const { exit, text } = await missing.check({ offline: true });
  expect(exit).toBe('configuration');
  expect(text).toMatch(/✗ events\.secret_file: .*nowhere\.secret\) does not exist: write the secret into it/);

  const folder = await mkdtemp(join(tmpdir(), 'carillon-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'secret');
  await writeFile(file, 'a'.repeat(44), { mode: 0o600 });
  const whole = await setup({ sections: events(file) });
  expect(await whole.check({ offline: true })).toMatchObject({
    exit: 'ok',
    text: expect.stringContaining('✓ events: their files can be read'),
  });
  const other = `${events(file)}  ca_file: ${join(folder, 'nowhere.pem')}\n`;
  const authority = await (await setup({ sections: other })).check({ offline: true });
  expect(authority).toMatchObject({
    exit: 'configuration',
    text: expect.stringContaining('✗ events.ca_file'),
  });
});

it('tells of the headers for a collector of traces, without which no process starts', async () => {
  const sections =
    '\nopentelemetry: {endpoint: "https://collector.example.org", headers_file: nowhere.headers, sample: 0.01}\n';
  const { check } = await setup({ sections });
  const { exit, bad } = await check({ offline: true });
  expect(exit).toBe('configuration');
  expect(bad[0]).toMatch(
    /opentelemetry\.headers_file: .*nowhere\.headers\) does not exist: write one header/,
  );

  const off = await setup({ sections: sections.replace('0.01', '0') });
  expect(await off.check({ offline: true })).toMatchObject({ exit: 'ok' });
});
