import type { ProviderModule } from '@carillon/core';
import { findHops, type FoundHops, type Way } from '@carillon/hops';
import { loadConfig, type Config, type Exit } from '@carillon/runtime';
import { openRedis, type OpenRedis } from '../open-redis.ts';
import { brokenNotes, sampledText, whyNotFound } from './not-found.ts';
import { whyStillWaiting } from './still-waiting.ts';
import { waysText, type ToldWay } from './ways-text.ts';
import { waysJson } from './ways-json.ts';
import { verdictOf } from './verdict.ts';

export interface TraceOptions {
  readonly configPath: string;
  readonly eventKey: string;
  /** Undefined for all devices of the event. */
  readonly pushkey: string | undefined;
  readonly json: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
}

/** Some gigabytes of hops. */
const withinMs = 60_000;

/**
 * Tells what became of an event's pushes, hop by hop. Returns how the process is to end: `ok` when something of the
 * event is known, whatever became of it; `failure` when nothing is. Throws an `OperatorError` when Redis cannot be
 * asked.
 */
export async function runTrace(options: TraceOptions): Promise<Exit> {
  const { eventKey, pushkey, json, output, coloured } = options;
  const config = loadConfig({ path: options.configPath, appTypes: options.providers });
  using opened = await openRedis(config);
  const { ways, notes, found } = await findWays(opened, config, { eventKey, pushkey });
  output.write(json ? waysJson(ways, notes, found) : waysText(ways, notes, coloured));
  return ways.length > 0 ? 'ok' : 'failure';
}

export interface FoundWays {
  readonly ways: readonly ToldWay[];
  /** What is to be said of them all. */
  readonly notes: readonly string[];
  readonly found: FoundHops | undefined;
}

/** The ways of an event's pushes, and why there is none or one waits. Throws an `OperatorError` when Redis cannot be asked. */
export async function findWays(
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  config: Config,
  { eventKey, pushkey }: Pick<TraceOptions, 'eventKey' | 'pushkey'>,
): Promise<FoundWays> {
  const { keyPrefix } = config.redis;
  const question = { eventKey, withinMs, ...(pushkey !== undefined && { pushkey }) };
  const found = await asked(findHops(redis, keyPrefix, question));
  const ways: ToldWay[] = [];
  for (const way of found?.ways ?? []) ways.push({ way, notes: await notesOf(way) });

  const notes: string[] = [];
  if (config.trace.keepMs === 0) notes.push('no hops are kept: trace.keep of this configuration is 0s');
  if (ways.length === 0 && (found?.devices ?? 0) > 0)
    notes.push('the event is known, but not for this pushkey: ask without it for all of its devices');
  else if (ways.length === 0) notes.push(...whyNotFound(eventKey, found));
  else if (found !== undefined) notes.push(...brokenNotes(found));
  return { ways, notes, found };

  async function notesOf(way: Way): Promise<readonly string[]> {
    const { verdict, hop } = verdictOf(way);
    if (verdict !== 'waiting' || hop === undefined) return [];
    const lost = (found?.sampledOut ?? []).filter(({ until }) => until >= hop.at).map(sampledText);
    const { apps } = config;
    return [
      await asked(
        whyStillWaiting({
          redis,
          keyPrefix,
          apps,
          shards: config.queue.shards,
          pushkey,
          last: hop,
          now: Date.now(),
        }),
      ),
      ...lost,
    ];
  }
}
