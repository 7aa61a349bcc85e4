import type { ProviderModule } from '@carillon/core';
import { findHops } from '@carillon/hops';
import { allShards, createRegistrationMarks, eraseDeliveries, readShards } from '@carillon/queue';
import { loadConfig, type Exit } from '@carillon/runtime';
import { openRedis } from '../open-redis.ts';
import { hiddenNotes, type NamedPushkey } from '../pushkeys/registrations.ts';
import { subjectsOf, type Subjects } from './subjects.ts';
import { pause } from '../terminal/pause.ts';
import { createProgress } from '../terminal/progress.ts';
import { beingSentText, lastingText, leftText, storedText } from './erase-report.ts';
import { batch, isNothing, storedOf, type Stored, type Where } from './stored-of.ts';

export interface EraseOptions {
  readonly configPath: string;
  readonly named: readonly NamedPushkey[];
  readonly dryRun: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly signal: AbortSignal;
}

/** What moved or came while it was erased is erased in another round; a push that is being sent ends within seconds. */
const rounds = 10;
const roundMs = 2_000;
const withinMs = 60_000;

/**
 * Erases what Redis holds of registrations, looks again, and tells both. Returns `failure` when something is left. Throws
 * an `OperatorError` when the configuration or Redis cannot be used.
 */
export async function runErase(options: EraseOptions): Promise<Exit> {
  const { named, dryRun, providers, output, signal } = options;
  const config = loadConfig({ path: options.configPath, appTypes: providers });
  const { keyPrefix } = config.redis;
  const subjects = subjectsOf(named, config.apps, providers);
  using opened = await openRedis(config);
  const { redis, asked } = opened;
  const { fuse } = config.rejections;
  const shards = await asked(readShards(redis, keyPrefix, config.queue.shards));
  const progress = createProgress(output, (deliveries) => `${deliveries} waiting deliveries looked at`);
  const where: Where = {
    redis,
    keyPrefix,
    shards: allShards(shards),
    marks: createRegistrationMarks(redis, keyPrefix, fuse),
    asked,
    looked: progress,
  };

  const before = await storedOf(subjects, where);
  output.write(storedText(before, dryRun));
  const { left, beingSent } = dryRun
    ? { left: before, beingSent: 0 }
    : await eraseUntilGone(subjects, before, where, signal);
  const pushkeys = [...subjects.pushkeys.keys()];
  const hops = await asked(findHops(redis, keyPrefix, { pushkeys, withinMs }));
  output.write(
    [
      ...(dryRun ? [] : [leftText(left)]),
      ...beingSentText(beingSent),
      ...lastingText({ ...config, hops }),
      ...[...new Set(named.flatMap((one) => hiddenNotes(one, config.apps)))].map((note) => `  → ${note}`),
      '',
    ].join('\n'),
  );
  return isNothing(left) ? 'ok' : 'failure';
}

/** Resolves to what is left in the end, and to how many deliveries were found in the hands of workers. */
async function eraseUntilGone(
  subjects: Subjects,
  before: Stored,
  where: Where,
  signal: AbortSignal,
): Promise<{ readonly left: Stored; readonly beingSent: number }> {
  const { redis, keyPrefix, shards, marks, asked } = where;
  let found = before;
  // What is not stored yet may be in the hands of a worker; all that may be named is erased.
  const wanted = new Set(subjects.registrations);
  const beingSent = new Set<string>();
  for (let round = 1; ; round++) {
    for (const { state, id } of found.places) if (state === 'in_flight') beingSent.add(id);
    await asked(eraseDeliveries(redis, keyPrefix, found.places));
    for (const { registration } of found.marks) wanted.add(registration);
    const all = [...wanted];
    for (let at = 0; at < all.length; at += batch)
      await asked(Promise.all(all.slice(at, at + batch).map((one) => marks.erase(one, shards))));
    const again = await storedOf({ ...subjects, registrations: all }, where);
    if (isNothing(again) || round === rounds || signal.aborted)
      return { left: again, beingSent: beingSent.size };
    if (found.places.some(({ state }) => state === 'in_flight')) await pause(roundMs, signal);
    found = again;
  }
}
