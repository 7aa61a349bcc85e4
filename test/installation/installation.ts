import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrivateRedis, type PrivateRedis, type PrivateRedisOptions } from '../redis/private-redis.ts';
import { startProgram, type Program } from './process.ts';

/** Carillon as an operator runs it: Redis, stand-in providers, ingress and worker processes, one configuration. */
export interface Installation extends Installed {
  readonly redis: PrivateRedis;
}

/** The same on a Redis that the test has started itself. */
export interface Installed extends AsyncDisposable {
  readonly apns: Program;
  readonly configPath: string;
  /** Fixes the stand-in's answers for a device token; undefined makes them as usual again. */
  script(token: string, answer: object | undefined): Promise<void>;
  startIngress(args?: readonly string[]): Promise<Door>;
  startWorker(args?: readonly string[]): Promise<Worker>;
}

export interface Door {
  readonly program: Program;
  readonly url: string;
  readonly opsUrl: string;
}

export interface Worker {
  readonly program: Program;
  readonly opsUrl: string;
}

export interface InstallationOptions extends ProcessOptions {
  readonly redis?: PrivateRedisOptions;
}

export interface ProcessOptions {
  readonly apnsLatencyMs?: number;
  /** Whether the stand-in prints each notification. */
  readonly print?: boolean;
  /** Sections of the configuration as YAML, indented as at the top level, besides redis and apps. */
  readonly sections?: string;
  /** Further keys of the APNs app, such as `max_age: 4h`. */
  readonly appKeys?: readonly string[];
  /** `NODE_OPTIONS` of ingress and worker. */
  readonly nodeOptions?: string;
  /** Further apps as YAML, indented as under `apps`. */
  readonly moreApps?: (apns: ApnsStandIn) => string;
}

/** What an app needs to send to the stand-in for APNs. */
export interface ApnsStandIn {
  readonly url: string;
  readonly key_id: string;
  readonly team_id: string;
  readonly topic: string;
  readonly keyfile: string;
  readonly caFile: string;
}

export const iosApp = 'com.example.app.ios';

/** The pushkey of simulated phone `n`: 32 bytes, base64. */
export function iosPushkey(n: number): string {
  return tokenBytes(n).toString('base64');
}

/** The device token that APNs is to see for it. */
export function iosToken(n: number): string {
  return tokenBytes(n).toString('hex');
}

function tokenBytes(n: number): Buffer {
  const bytes = Buffer.alloc(32, 0xc4);
  bytes.writeUInt32BE(n, 28);
  return bytes;
}

export async function startInstallation({
  redis: redisOptions,
  ...options
}: InstallationOptions = {}): Promise<Installation> {
  const redis = await startPrivateRedis(redisOptions);
  const installed = await installOn(`{url: "${redis.url}"}`, options);
  return {
    ...installed,
    redis,
    async [Symbol.asyncDispose]() {
      await installed[Symbol.asyncDispose]();
      await redis.stop();
    },
  };
}

/** `redis` is the section of that name, as YAML on one line. */
export async function installOn(redis: string, options: ProcessOptions = {}): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-installation-'));
  const apns = startProgram('test/fakes/apns/main.ts', [
    '--port=0',
    `--latency-ms=${options.apnsLatencyMs ?? 0}`,
    `--dir=${folder}`,
    ...(options.print === false ? [] : ['--print']),
  ]);
  const ready = await apns.lineOf<ApnsStandIn>((line) => line['ready'] === true);
  const configPath = join(folder, 'carillon.yaml');
  await writeFile(configPath, configuration(redis, ready, options));
  const programs: Program[] = [apns];
  const environment = options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions };

  async function startCarillon(args: readonly string[], announcement: string) {
    const program = startProgram('script/carillon', [...args, '--config', configPath], environment);
    programs.push(program);
    const line = await program.lineOf<{ listen: string; ops: string }>(({ msg }) => msg === announcement);
    return { program, url: `http://${line.listen}`, opsUrl: `http://${line.ops}` };
  }

  return {
    apns,
    configPath,
    async script(token, answer) {
      const scripted = apns.nextLine((line) => line['scripted'] === token);
      apns.write({ token, ...(answer !== undefined && { answer }) });
      await scripted;
    },
    startIngress: (args = []) => startCarillon(['ingress', ...args], 'ingress listens'),
    startWorker: (args = []) => startCarillon(['worker', ...args], 'worker takes deliveries'),
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(
  redis: string,
  apns: ApnsStandIn,
  { sections = '', appKeys = [], moreApps }: ProcessOptions,
): string {
  return `redis: ${redis}
ingress: {listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0", max_devices: 100} # so that many phones are rung at once
${sections.includes('worker:') ? '' : 'worker: {ops_listen: "127.0.0.1:0"}\n'}${sections}
apps:
  ${iosApp}:
    type: apns
    platform: production
    keyfile: ${apns.keyfile}
    key_id: ${apns.key_id}
    team_id: ${apns.team_id}
    topic: ${apns.topic}
    endpoint: ${apns.url}
    ca_file: ${apns.caFile}
${appKeys.map((key) => `    ${key}\n`).join('')}${moreApps?.(apns) ?? ''}`;
}
