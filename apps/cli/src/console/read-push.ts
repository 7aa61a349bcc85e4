import type { HopFacts, PushAnswer, PushQuestion } from '@carillon/console';
import type { AnswerMeaning, OutcomeKind, ProviderModule } from '@carillon/core';
import type { Hop, HopKind, Way } from '@carillon/hops';
import type { Config } from '@carillon/runtime';
import { timeText } from '../terminal/time-text.ts';
import { hopText } from '../trace/hop-text.ts';
import { findWays } from '../trace/trace.ts';
import { verdictOf } from '../trace/verdict.ts';
import { pushkeyText } from '../trace/ways-text.ts';
import type { ConsoleRedis } from './console-redis.ts';
import { foldHops } from './fold-hops.ts';

/** What `carillon trace` tells, with what the provider's words mean. */
export async function readPush(
  config: Config,
  providers: readonly ProviderModule[],
  opened: ConsoleRedis,
  { event, pushkey }: PushQuestion,
): Promise<PushAnswer> {
  const { ways, notes } = await findWays(opened, config, providers, {
    ...(event !== undefined && { eventKey: event }),
    ...(pushkey !== undefined && { pushkey }),
  });
  return {
    notes,
    ways: ways.map(({ way, notes: own }) => {
      const name = way.hops.find((hop) => hop.app !== undefined)?.app;
      const type = config.apps.find((app) => app.name === name)?.type;
      const answers = answersOf(type, providers);
      return {
        verdict: verdictOf(way).verdict,
        app: name,
        lane: way.hops.find((hop) => hop.lane !== undefined)?.lane,
        pushkey: pushkeyText(way.pushkey),
        hops: foldHops(way.hops).map(({ hop, repeats }) => hopFacts(hop, repeats, way, answers)),
        notes: own,
      };
    }),
  };
}

/** Of the app's own provider first: some apps have a second one for some of their registrations. */
function answersOf(type: string | undefined, providers: readonly ProviderModule[]): readonly AnswerMeaning[] {
  const own = providers.filter(({ types }) => types[0] === type);
  return [...own, ...providers.filter((one) => !own.includes(one))].flatMap(({ answers }) => answers);
}

function hopFacts(hop: Hop, repeats: number, way: Way, answers: readonly AnswerMeaning[]): HopFacts {
  const { cure, ...bare } = hop; // it stands by itself
  const first = way.hops[0]?.at ?? hop.at;
  const kind = outcomes[hop.kind];
  const row = answers.find((answer) => answer.kind === kind && answer.reason === hop.word);
  return {
    at: hop.at,
    after: hop.at <= first ? '' : `+${timeText(hop.at - first)}`,
    text: hopText(bare, way),
    repeats,
    meaning: row?.meaning,
    cure: cure ?? row?.cure,
  };
}

/** The hops that are a provider's answer, with its outcome. */
const outcomes: Readonly<Partial<Record<HopKind, OutcomeKind>>> = {
  delivered: 'delivered',
  dead: 'dead',
  suspect: 'dead',
  refused: 'refused',
  later: 'later',
  misconfigured: 'misconfigured',
};
