import { SettingError } from '@carillon/core';
import { createEventPoster, type EventObserver, type EventPoster } from '@carillon/events';
import {
  ConfigError,
  createTroubleLog,
  OperatorError,
  readSecretFile,
  type Config,
  type Log,
  type Metrics,
} from '@carillon/runtime';

export interface EventsOptions {
  readonly config: Pick<Config, 'events' | 'proxy'>;
  readonly configPath: string;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'eventsPosted' | 'eventsDropped'>;
}

const shortestSecret = 24;

/**
 * Begins to post events, if the configuration says where to; undefined if it does not. Throws an `OperatorError` for a file
 * that cannot be used.
 */
export function startEvents({ config, configPath, log, metrics }: EventsOptions): EventPoster | undefined {
  const trouble = createTroubleLog(log, 'events');
  const observer: EventObserver = {
    posted: (count) => metrics.eventsPosted().inc(count),
    dropped: (count, why) => metrics.eventsDropped(why).inc(count),
    trouble: (error) => trouble.report(error),
    well: () => trouble.over(),
  };
  try {
    const poster = openEvents(config, observer);
    if (poster !== undefined)
      for (const reason of ['refused', 'overflow', 'stopped'] as const) metrics.eventsDropped(reason);
    return poster;
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new ConfigError(configPath, [{ path: `events.${error.key}`, message: error.message }]);
  }
}

/** The same without a process around it. Opens no connection yet. Throws a `SettingError` for a bad `ca_file`. */
export function openEvents(
  { events, proxy }: Pick<Config, 'events' | 'proxy'>,
  observer: EventObserver,
): EventPoster | undefined {
  const { url, secretFile, caFile, pushkeys, ...settings } = events;
  if (url === undefined || secretFile === undefined) return undefined;
  const secret = readSecretFile({ key: 'events.secret_file', path: secretFile });
  if (secret.length < shortestSecret)
    throw new OperatorError(`The file of events.secret_file (${secretFile}) holds a short secret`, {
      cure: 'make one with `openssl rand -base64 32`, and give it to the receiver',
      exit: 'configuration',
    });
  return createEventPoster({
    ...settings,
    url,
    secret,
    plain: pushkeys === 'plain',
    ...(caFile !== undefined && { caFile }),
    ...(proxy !== undefined && { proxy: new URL(proxy.href) }),
    observer,
  });
}
