import type { ProviderModule } from '@carillon/core';
import {
  createDeadLetters,
  deadLetterId,
  queuesOf,
  type DeadLetter,
  type DeadLetterRef,
  type DeadLetters,
} from '@carillon/queue';
import { createFingerprint, loadConfig, OperatorError, type AppConfig, type Exit } from '@carillon/runtime';
import { appsMatching } from '../app-states/choose-apps.ts';
import { openRedis } from '../open-redis.ts';
import type { DeadAction, DeadCommand } from './dead-command.ts';
import { jsonReport, letterFacts, listReport, showReport } from './dead-report.ts';
import { exhumeAll, exhumeSome } from './exhume.ts';

export interface DeadOptions extends DeadCommand {
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
}

/**
 * Lists, shows, retries or drops dead letters. Returns `failure` when one that was named could not be retried or
 * dropped. Throws an `OperatorError` for one that is not there to be shown, an app that there is not, and when the
 * configuration or Redis cannot be used.
 */
export async function runDead({ action, configPath, providers, output }: DeadOptions): Promise<Exit> {
  const config = loadConfig({ path: configPath, appTypes: providers });
  const apps = appsMatching(config.apps, globsOf(action));
  using opened = await openRedis(config);
  const letters = createDeadLetters(opened.redis, config.redis.keyPrefix);
  const factsOf = (found: readonly DeadLetter[]) => {
    const fingerprint = createFingerprint();
    return found.map((letter) => letterFacts(letter, fingerprint));
  };

  switch (action.kind) {
    case 'list': {
      const facts = factsOf(await opened.asked(collect(letters, apps)));
      output.write(action.json ? jsonReport(facts) : listReport(facts, Date.now()));
      return 'ok';
    }
    case 'show': {
      const found = await opened.asked(Promise.all(action.letters.map((ref) => letters.read(ref))));
      const facts = factsOf(found.map((letter, index) => letter ?? missing(action.letters[index])));
      output.write(action.json ? jsonReport(facts) : showReport(facts, Date.now()));
      return 'ok';
    }
    case 'retry':
    case 'drop': {
      const { kind, choice } = action;
      const exit =
        choice.kind === 'some'
          ? exhumeSome(kind, letters, choice.letters, output)
          : exhumeAll(kind, letters, await opened.asked(collect(letters, apps)), output);
      return await opened.asked(exit);
    }
    default:
      return action satisfies never;
  }
}

function globsOf(action: DeadAction): readonly string[] {
  if (action.kind === 'list') return action.apps;
  return action.kind !== 'show' && action.choice.kind === 'all' ? action.choice.apps : [];
}

async function collect(letters: DeadLetters, apps: readonly AppConfig[]): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (const queue of apps.flatMap(queuesOf))
    for await (const letter of letters.list(queue)) found.push(letter);
  return found;
}

function missing(ref: DeadLetterRef | undefined): never {
  throw new OperatorError(`There is no dead letter ${ref === undefined ? '' : deadLetterId(ref)}`, {
    cure: 'it was retried, dropped, or pushed out by later ones; `carillon dead list` has those that there are',
    exit: 'failure',
  });
}
