import type { ProviderModule } from '@carillon/core';
import { findHops, type FoundHops, type Way } from '@carillon/hops';
import { loadConfig, type Config, type Exit } from '@carillon/runtime';
import { openRedis, type OpenRedis } from '../open-redis.ts';
import type { Asked } from './asked.ts';
import { spellingsOf } from '../pushkeys/spellings.ts';
import { notesOfSearch, sampledText } from './not-found.ts';
import { whyStillWaiting } from './still-waiting.ts';
import { waysText, type ToldWay } from './ways-text.ts';
import { waysJson } from './ways-json.ts';
import { verdictOf } from './verdict.ts';

export interface TraceOptions {
  readonly configPath: string;
  readonly asked: Asked;
  readonly json: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
}

/** Some gigabytes of hops. */
const withinMs = 60_000;

/**
 * Tells what became of pushes, hop by hop. Returns how the process is to end: `ok` when something of them
 * is known, whatever became of them; `failure` when nothing is. Throws an `OperatorError` when Redis cannot be
 * asked.
 */
export async function runTrace(options: TraceOptions): Promise<Exit> {
  const { json, output, coloured, providers } = options;
  const config = loadConfig({ path: options.configPath, appTypes: providers });
  using opened = await openRedis(config);
  const { ways, notes, found } = await findWays(opened, config, providers, options.asked);
  output.write(json ? waysJson(ways, notes, found) : waysText(ways, notes, coloured));
  return ways.length > 0 ? 'ok' : 'failure';
}

export interface FoundWays {
  readonly ways: readonly ToldWay[];
  /** What is to be said of them all. */
  readonly notes: readonly string[];
  readonly found: FoundHops | undefined;
}

/** The ways of pushes, and why there is none or one waits. Throws an `OperatorError` when Redis cannot be asked. */
export async function findWays(
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  config: Config,
  providers: readonly ProviderModule[],
  wanted: Asked,
): Promise<FoundWays> {
  const { pushkey, ...question } = wanted;
  const pushkeys = pushkey === undefined ? undefined : spellingsOf(pushkey, config.apps, providers);
  const { keyPrefix } = config.redis;
  const found = await asked(
    findHops(redis, keyPrefix, { ...question, withinMs, ...(pushkeys !== undefined && { pushkeys }) }),
  );
  const ways: ToldWay[] = [];
  for (const way of found?.ways ?? []) ways.push({ way, notes: await notesOf(way) });
  return { ways, notes: notesOfSearch(wanted, config.trace, found), found };

  async function notesOf(way: Way): Promise<readonly string[]> {
    const { verdict, hop } = verdictOf(way);
    if (verdict !== 'waiting' || hop === undefined) return [];
    const lost =
      question.eventKey === undefined
        ? []
        : (found?.sampledOut ?? []).filter(({ until }) => until >= hop.at).map(sampledText);
    const { apps } = config;
    return [
      await asked(
        whyStillWaiting({
          redis,
          keyPrefix,
          apps,
          shards: config.queue.shards,
          pushkeys,
          last: hop,
          now: Date.now(),
        }),
      ),
      ...lost,
    ];
  }
}
