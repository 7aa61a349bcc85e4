import type { ProviderModule } from '@carillon/core';
import type { RedisSettings } from '@carillon/queue';
import { ConfigError, loadConfig, OperatorError, type Config, type Exit } from '@carillon/runtime';
import { redisSettings } from '../serve.ts';
import { openProviders, reachProvider } from './check-providers.ts';
import { checkRedis } from './check-redis.ts';
import { exitOf, type Finding } from './finding.ts';
import { reportLine, verdictLine } from './report.ts';

export interface CheckOptions {
  readonly configPath: string;
  /** Only the configuration and the files it names. */
  readonly offline: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
}

/**
 * Looks at everything that has to be right before Carillon can work, and tells each finding with its cure as it
 * comes. Returns how the process is to end: `configuration` when that or a credential is wrong, `unavailable`
 * when Redis or a provider is out of reach, `ok` otherwise, warnings or not.
 */
export async function runCheck({
  configPath,
  offline,
  providers,
  output,
  coloured,
}: CheckOptions): Promise<Exit> {
  const findings: Finding[] = [];
  const tell = (...found: readonly Finding[]): void => {
    findings.push(...found);
    for (const finding of found) output.write(reportLine(finding, coloured));
  };

  const config = readConfig(configPath, providers, tell);
  if (config !== undefined) {
    const redis = readRedisSettings(config, tell);
    const opened = openProviders(config, providers);
    tell(...opened.findings);
    try {
      if (!offline) {
        if (redis !== undefined) tell(...(await checkRedis(redis, config.redis.keyPrefix)));
        const reached = await Promise.all(opened.providers.map(reachProvider));
        tell(...reached.flat());
      }
    } finally {
      await Promise.all(opened.providers.map(({ provider }) => provider.close()));
    }
  }
  output.write(verdictLine(findings));
  return exitOf(findings);
}

type Tell = (...findings: readonly Finding[]) => void;

function readConfig(path: string, appTypes: readonly ProviderModule[], tell: Tell): Config | undefined {
  try {
    const config = loadConfig({ path, appTypes });
    const count = config.apps.length === 1 ? '1 app' : `${config.apps.length} apps`;
    tell({ kind: 'good', what: path, detail: `can be read, ${count}` });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(
      ...error.problems.map(({ path: key, message, line, column }): Finding => {
        const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
        return {
          kind: 'bad',
          what: key === '' ? place : `${place}: ${key}`,
          detail: message,
          exit: 'configuration',
        };
      }),
    );
    return undefined;
  }
}

function readRedisSettings(config: Config, tell: Tell): RedisSettings | undefined {
  try {
    return redisSettings(config);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    tell({ kind: 'bad', what: 'redis', detail: error.message, cure: error.cure, exit: 'configuration' });
    return undefined;
  }
}
