import { parseDeadLetterId, type DeadLetterRef } from '@carillon/queue';
import { oneOf, optionsAndWords, usage } from '../command-line/options.ts';

/** What `carillon dead` is asked to do. */
export type DeadAction =
  | { readonly kind: 'list'; readonly apps: readonly string[]; readonly json: boolean }
  | { readonly kind: 'show'; readonly letters: readonly DeadLetterRef[]; readonly json: boolean }
  | { readonly kind: 'retry' | 'drop'; readonly choice: DeadChoice };

/** Dead letters by their ids, or all of the apps whose names match these globs; no glob for every app. */
export type DeadChoice =
  | { readonly kind: 'some'; readonly letters: readonly DeadLetterRef[] }
  | { readonly kind: 'all'; readonly apps: readonly string[] };

export interface DeadCommand {
  readonly name: 'dead';
  readonly configPath: string;
  readonly action: DeadAction;
}

const actions = ['list', 'show', 'retry', 'drop'] as const;

/** `carillon dead list [--app GLOB]`, `show ID`, `retry` and `drop` with `ID…` or `--all [--app GLOB]`. */
export function parseDead(args: readonly string[], configPath: string): DeadCommand {
  const { values, positionals } = optionsAndWords('dead', args, {
    config: { type: 'string', short: 'c' },
    app: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const [word = 'list', ...ids] = positionals;
  const kind = oneOf('carillon dead: the action', actions, word);
  const { app: apps = [], all = false, json = false } = values;
  const letters = ids.map(letterOf);
  const misplaced = (option: string) => usage(`carillon dead ${kind}: ${option}`);
  if (json && kind !== 'list' && kind !== 'show') throw misplaced('--json is for list and show');
  if (all && kind !== 'retry' && kind !== 'drop') throw misplaced('--all is for retry and drop');
  if (apps.length > 0 && kind !== 'list' && !all) throw misplaced('--app is for list, and beside --all');
  return { name: 'dead', configPath: values.config ?? configPath, action: actionOf() };

  function actionOf(): DeadAction {
    switch (kind) {
      case 'list':
        if (letters.length > 0) throw misplaced('takes no ids; choose with --app');
        return { kind, apps, json };
      case 'show':
        if (letters.length === 0) throw misplaced('give the id of a dead letter');
        return { kind, letters, json };
      case 'retry':
      case 'drop':
        if (all === letters.length > 0) throw misplaced('give ids of dead letters, or --all');
        return { kind, choice: all ? { kind: 'all', apps } : { kind: 'some', letters } };
      default:
        return kind satisfies never;
    }
  }
}

function letterOf(id: string): DeadLetterRef {
  const ref = parseDeadLetterId(id);
  if (ref === undefined)
    throw usage(`carillon dead: ${id} is no id of a dead letter, such as com.example.app.ios/0/high/17`);
  return ref;
}
