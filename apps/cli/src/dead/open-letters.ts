import type { ProviderModule } from '@carillon/core';
import {
  allShards,
  createDeadLetters,
  readDepths,
  readShards,
  type DeadLetter,
  type DeadLetters,
  type QueueRef,
  type RedisClient,
} from '@carillon/queue';
import { createFingerprint, loadConfig, type Config } from '@carillon/runtime';
import { appsMatching } from '../app-states/choose-apps.ts';
import { openRedis, type Asked } from '../open-redis.ts';
import { letterFacts, type LetterFacts } from './letters-report.ts';

export interface OpenOptions {
  readonly configPath: string;
  /** Globs over the names of apps; none for all. */
  readonly apps: readonly string[];
  readonly providers: readonly ProviderModule[];
}

/** The dead letters of an installation, for the time of one command. */
export interface OpenLetters extends Disposable {
  readonly letters: DeadLetters;
  readonly asked: Asked;
  /** All of the chosen apps. */
  all(): Promise<readonly DeadLetter[]>;
}

/** Throws an `OperatorError` for an unknown app, and when the configuration or Redis cannot be used. */
export async function openLetters({ configPath, apps: globs, providers }: OpenOptions): Promise<OpenLetters> {
  const config = loadConfig({ path: configPath, appTypes: providers });
  const names = new Set(appsMatching(config.apps, globs).map(({ name }) => name));
  const opened = await openRedis(config);
  const letters = createDeadLetters(opened.redis, config.redis.keyPrefix);
  return {
    letters,
    asked: opened.asked,
    all: () => opened.asked(allLetters(opened.redis, config, names)),
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

/** What may be told of them; one device has one name in all of them. */
export function factsOf(found: readonly DeadLetter[]): readonly LetterFacts[] {
  const fingerprint = createFingerprint();
  return found.map((letter) => letterFacts(letter, fingerprint));
}

/** Those of the apps of these names. Rejects when Redis fails. */
export async function allLetters(
  redis: RedisClient,
  config: Config,
  names: ReadonlySet<string>,
): Promise<readonly DeadLetter[]> {
  const queues = await queuesWithLetters(redis, config);
  const letters = createDeadLetters(redis, config.redis.keyPrefix);
  return collect(
    letters,
    queues.filter(({ app }) => names.has(app)),
  );
}

async function queuesWithLetters(redis: RedisClient, config: Config): Promise<readonly QueueRef[]> {
  const { keyPrefix } = config.redis;
  const shards = await readShards(redis, keyPrefix, config.queue.shards);
  const depths = await readDepths(redis, keyPrefix, allShards(shards));
  return depths.flatMap(({ queue, deadLetters }) => (deadLetters > 0 ? [queue] : []));
}

async function collect(letters: DeadLetters, queues: readonly QueueRef[]): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (const queue of queues) for await (const letter of letters.list(queue)) found.push(letter);
  return found;
}
