import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPatiently, startPrivateRedis } from '@carillon/queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeApns } from '../../../../test/fakes/apns/server.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
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
}

/** A Redis, both stand-ins and a configuration that names them. */
async function setup({
  redisArgs = [],
  redisKeys,
  sections = '',
  change = (config) => config,
}: SetupOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await startPrivateRedis({ args: redisArgs });
  onTestFinished(() => redis.stop());
  const apns = await startFakeApns();
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const fcm = await startFakeFcm();
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

  async function check({ offline = false } = {}) {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text.trimEnd()) };
    const exit = await runCheck({ configPath, offline, providers, output, coloured: false });
    return { exit, lines, bad: lines.filter((line) => line.startsWith('✗')), text: lines.join('\n') };
  }
  return { redis, apns, fcm, folder, check };
}

describe('carillon check', () => {
  it('is content with an installation that works, and sends nothing', async () => {
    const { check, apns, fcm, redis } = await setup();
    const { exit, lines, text } = await check();
    expect(text).toContain(`✓ redis 127.0.0.1:${redis.port}: version `);
    expect(text).toContain('✓ apps.ios: its apns credentials can be read');
    expect(text).toContain(`✓ apps.ios: ${apns.url} can be reached`);
    expect(text).toContain(`✓ apps.android: ${fcm.url} can be reached`);
    expect(lines.at(-1)).toBe('All well.');
    expect(exit).toBe('ok');
    expect([apns.counters.requests, fcm.tokenExchanges, fcm.received.length]).toEqual([0, 0, 0]);
  });

  it('tells all problems of the configuration at once, with their lines', async () => {
    const change = (config: string) =>
      config.replace('type: fcm', 'type: fcms').replace('key_id: ', 'key_id: short');
    const { check } = await setup({ change });
    const { exit, bad, lines } = await check();
    expect(bad).toEqual([
      expect.stringMatching(/carillon\.yaml:\d+:\d+: apps\.ios\.key_id: must be the 10 characters/),
      expect.stringMatching(/carillon\.yaml:\d+:\d+: apps\.android\.type: .*did you mean fcm/),
    ]);
    expect(lines.at(-1)).toBe('2 problems.');
    expect(exit).toBe('configuration');
  });

  it('tells the credentials that are wrong for each app, and goes on', async () => {
    const change = (config: string) =>
      config
        .replace(/keyfile: .*/, 'keyfile: /nonexistent.p8')
        .replace(/service_account_file: .*/, 'service_account_file: /nonexistent.json');
    const { check } = await setup({ change });
    const { exit, bad, text } = await check();
    expect(bad).toEqual([
      expect.stringContaining('apps.ios.keyfile: /nonexistent.p8') as string,
      expect.stringContaining('apps.android.service_account_file: /nonexistent.json') as string,
    ]);
    expect(text).toContain('✓ redis ');
    expect(exit).toBe('configuration');
  });

  it('tells all that is out of reach, each with its cure', async () => {
    const change = (config: string) =>
      config.replace(/endpoint: http.*(?=\n.*\n.*android)/, 'endpoint: https://127.0.0.1:1');
    const { check, redis, fcm } = await setup({ change });
    await redis.kill();
    const { exit, bad, text } = await check();
    expect(bad).toEqual([
      expect.stringMatching(/redis 127\.0\.0\.1:\d+: .*ECONNREFUSED.*: start Redis/),
      expect.stringMatching(
        /apps\.ios: https:\/\/127\.0\.0\.1:1 cannot be reached, its port is refused \(ECONNREFUSED\)/,
      ),
    ]);
    expect(text).toContain(`✓ apps.android: ${fcm.url} can be reached`);
    expect(exit).toBe('unavailable');
  });

  it('touches nothing outside when it is told to stay offline', async () => {
    const { check, redis, apns } = await setup();
    await redis.kill();
    const { exit, text } = await check({ offline: true });
    expect(text).not.toContain('redis 127');
    expect(apns.counters.connectionsOpened).toBe(0);
    expect(exit).toBe('ok');
  });

  it('goes through the proxy', async () => {
    await using proxy = await startFakeProxy();
    const { check, apns, fcm } = await setup({ sections: `proxy: ${proxy.url.href}\n` });
    expect((await check()).exit).toBe('ok');
    expect([...proxy.targets].toSorted()).toEqual([new URL(apns.url).host, new URL(fcm.url).host].toSorted());
  });

  it('warns of a Redis that forgets, and ends well all the same', async () => {
    const { check } = await setup({
      redisArgs: ['--appendonly', 'no', '--save', '', '--maxmemory-policy', 'allkeys-lru'],
    });
    const { exit, lines } = await check();
    expect(lines.filter((line) => line.startsWith('!'))).toHaveLength(2);
    expect(lines.at(-1)).toBe('All well, 2 warnings.');
    expect(exit).toBe('ok');
  });

  it.each([
    ['no', ''],
    ['a wrong', 'not it'],
  ])('blames the login when Redis gets %s password', async (_, password) => {
    const { check, redis, folder } = await setup(
      password === '' ? {} : { redisKeys: (home) => `  password_file: ${join(home, 'password')}\n` },
    );
    await writeFile(join(folder, 'password'), password);
    const client = connectPatiently(redis.settings);
    await client.config('SET', 'requirepass', 'the secret');
    client.disconnect();
    const { exit, bad, text } = await check();
    expect(bad).toEqual([
      expect.stringContaining('correct `redis.username` and `redis.password_file`') as string,
    ]);
    expect(text).not.toContain('not it');
    expect(exit).toBe('configuration');
  });

  it('blames a replica, which takes no queue', async () => {
    const { check } = await setup({ redisArgs: ['--replicaof', '127.0.0.1', '1'] });
    const { exit, bad } = await check();
    expect(bad).toEqual([expect.stringContaining('name the primary, not a replica') as string]);
    expect(exit).toBe('configuration');
  });
});
