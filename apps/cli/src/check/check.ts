import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderModule } from '@carillon/core';
import type { RedisSettings } from '@carillon/queue';
import {
  ConfigError,
  loadConfig,
  OperatorError,
  type AppConfig,
  type Config,
  type Exit,
} from '@carillon/runtime';
import { dryRunCure, dryRunText } from '../app-states/dry-run-words.ts';
import { redisSettings } from '../serving/serve.ts';
import {
  checkProvider,
  openProviders,
  type OpenedProvider,
  type OpenedProviders,
} from './check-providers.ts';
import { checkProcesses } from './check-processes.ts';
import { checkRedis } from './check-redis.ts';
import { checkState } from './check-state.ts';
import { checked, type CheckedFinding, type CheckName, type Finding } from './finding.ts';
import { blameClock, judgeClock } from './judge-clock.ts';
import { judgeEnvironment } from './judge-environment.ts';
import { judgeEvents } from './judge-events.ts';
import { judgeExpiry } from './judge-expiry.ts';
import { judgeFileMode } from './judge-file-mode.ts';
import { judgeHeadersFile } from './judge-headers-file.ts';
import { inTime, type Look } from './look.ts';
import { createReport, type Report, type ReportOptions } from './report.ts';

export interface CheckOptions extends ReportOptions {
  readonly configPath: string;
  /** Only the configuration and the files it names. */
  readonly offline: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly providers: readonly ProviderModule[];
}

/** All looks outside run at the same time, so the whole takes some 14 s at most. */
const redisPatienceMs = 10_000;
const providerPatienceMs = 12_500;
/** Redis has this head start: beside the handshakes with many providers it would seem slow. */
const redisStartMs = 1_500;
/** A provider that still waits for an answer is not waited for. */
const closePatienceMs = 200;

/**
 * Looks at everything that has to be right before Carillon can work, and at what goes on in a running installation;
 * tells each finding with its cure. Returns how the process is to end: `configuration` when that or a credential is
 * wrong, `unavailable` when something outside is in the way, `ok` otherwise, warnings or not.
 */
export async function runCheck({
  configPath,
  offline,
  environment,
  providers,
  ...how
}: CheckOptions): Promise<Exit> {
  const report = createReport(how);
  const { config, goodApps } = readConfig(configPath, providers, report);
  if (config === undefined) {
    const opened = openProviders({ apps: goodApps }, providers);
    report.tell(checked('credentials', opened.findings));
    await Promise.all(opened.providers.map(close));
    return report.end();
  }
  report.tell(checked('configuration', judgeEnvironment(environment, config.proxy)));
  const redis = readRedisSettings(config, report);
  const opened = openProviders(config, providers);
  const modes = checked('credentials', [
    ...judgeFileMode('redis.password_file', config.redis.passwordFile),
    ...judgeFileMode('console.password_file', config.console.passwordFile),
    ...judgeFileMode('opentelemetry.headers_file', config.opentelemetry?.headersFile),
    ...judgeFileMode('events.secret_file', config.events.secretFile),
  ]);
  const ofSections = [...judgeHeadersFile(config), ...(await judgeEvents(config))];
  report.tell([...modes, ...checked('credentials', ofSections)]);
  const now = Date.now();
  const expiry = checked(
    'expiry',
    opened.providers.flatMap(({ app, provider }) =>
      (provider.expiringCredentials ?? []).map((credential) => judgeExpiry(app, credential, now)),
    ),
  );
  if (offline) report.tell([...checked('credentials', opened.findings), ...expiry]);
  else await lookOutside(config, redis, { ...opened, expiry }, report);
  await Promise.all(opened.providers.map(close));
  return report.end();
}

async function lookOutside(
  config: Config,
  redis: RedisSettings | undefined,
  opened: OpenedProviders & { readonly expiry: readonly CheckedFinding[] },
  report: Report,
): Promise<void> {
  const { keyPrefix } = config.redis;
  const nothing: Promise<Look> = Promise.resolve({ findings: [], clocks: [] });
  const redisLook =
    redis === undefined
      ? nothing
      : inTime(
          redisPatienceMs,
          checkRedis(redis, keyPrefix, (client) => checkState(client, config)),
          late('redis', 'redis', redisPatienceMs),
        );
  await Promise.race([redisLook, delay(redisStartMs, undefined, { ref: false })]);
  const providerLooks = opened.providers.map((one) =>
    inTime(providerPatienceMs, checkProvider(one), late('reach', `apps.${one.app}`, providerPatienceMs)),
  );
  const processes = checkProcesses(config);
  const seen = await redisLook;
  report.tell([...seen.findings, ...(await processes)]);
  const looks = await Promise.all(providerLooks);
  const clock = judgeClock({ redis: seen.clocks, providers: looks.flatMap(({ clocks }) => clocks) });
  report.tell(checked('clock', clock));
  const wrong = clock.some(({ kind }) => kind === 'bad');
  const ofProviders = [
    ...checked('credentials', opened.findings),
    ...opened.expiry,
    ...looks.flatMap(({ findings }) => findings),
  ];
  report.tell(
    ofProviders.map((finding) =>
      wrong && finding.kind === 'bad' && finding.mayBeClock === true ? blameClock(finding) : finding,
    ),
  );
}

function late(check: CheckName, what: string, ms: number): CheckedFinding {
  return {
    check,
    kind: 'bad',
    what,
    detail: `no result within ${ms / 1_000} s`,
    cure: 'something on the way neither answers nor refuses: see firewall, proxy and name server',
    exit: 'unavailable',
  };
}

async function close({ provider }: OpenedProvider): Promise<void> {
  await Promise.race([provider.close(), delay(closePatienceMs, undefined, { ref: false })]);
}

/** Where the configuration cannot be used: the apps of it that could be. */
function readConfig(
  path: string,
  appTypes: readonly ProviderModule[],
  report: Report,
): { readonly config?: Config; readonly goodApps: ConfigError['goodApps'] } {
  const tell = (findings: readonly Finding[]): void => report.tell(checked('configuration', findings));
  try {
    const config = loadConfig({ path, appTypes });
    const count = config.apps.length === 1 ? '1 app' : `${config.apps.length} apps`;
    tell([{ kind: 'good', what: path, detail: `can be read, ${count}` }, ...config.apps.flatMap(judgeMode)]);
    return { config, goodApps: config.apps };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(
      error.problems.map(({ path: key, message, line, column }): Finding => {
        const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
        return {
          kind: 'bad',
          what: key === '' ? place : `${place}: ${key}`,
          detail: message,
          exit: 'configuration',
        };
      }),
    );
    return { goodApps: error.goodApps };
  }
}

function judgeMode({ name, mode }: AppConfig): readonly Finding[] {
  if (mode !== 'dry_run') return [];
  return [{ kind: 'warning', what: `apps.${name}`, detail: dryRunText, cure: dryRunCure }];
}

function readRedisSettings(config: Config, report: Report): RedisSettings | undefined {
  try {
    return redisSettings(config);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const { message: detail, cure } = error;
    report.tell(
      checked('configuration', [{ kind: 'bad', what: 'redis', detail, cure, exit: 'configuration' }]),
    );
    return undefined;
  }
}
