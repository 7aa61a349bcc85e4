import { OperatorError } from '@carillon/runtime';
import type { Command, Prepared } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, groupHelp, overview } from './help.ts';
import { didYouMean } from './options.ts';
import { parseGiven } from './parse-given.ts';

/** What the operator asked for. */
export type Invocation =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'command'; readonly command: Command; readonly prepared: Prepared };

/** Reads the command line. Throws an `OperatorError` that says what is wrong with it, and what was meant. */
export function parseCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv): Invocation {
  const [first = ''] = args;
  if (first === '--version' || first === '-v') return { kind: 'version' };
  const asksForHelp = first === 'help' || args.includes('--help') || args.includes('-h');
  if (asksForHelp) return { kind: 'help', text: helpFor(args.filter((word) => !helpWords.has(word))) };

  const { command, rest } = commandOf(args);
  const given = parseGiven(command, rest, environment['CARILLON_CONFIG'] ?? 'carillon.yaml');
  return { kind: 'command', command, prepared: command.prepare(given) };
}

const helpWords: ReadonlySet<string> = new Set(['help', '--help', '-h']);

function helpFor(words: readonly string[]): string {
  const [first, second] = words;
  if (first === undefined || first.startsWith('-')) return overview(commands);
  const actions = actionsOf(first);
  const isGroup = actions.length > 0 && (second === undefined || second.startsWith('-'));
  return isGroup ? groupHelp(first, actions) : commandHelp(commandOf(words).command);
}

const actionsOf = (group: string): readonly Command[] =>
  commands.filter(({ name }) => name.startsWith(`${group} `));

/** The command that the words begin with. `dead` alone, or with options only, is the first of its actions. */
function commandOf(args: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [first, second] = args;
  if (first === undefined) throw noCommand('A command is missing');
  if (first.startsWith('-')) throw optionFirst(first, args.slice(1));
  const single = commands.find(({ name }) => name === first);
  if (single !== undefined) return { command: single, rest: args.slice(1) };

  const actions = actionsOf(first);
  const [usual] = actions;
  if (usual === undefined) {
    const names = new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''));
    throw noCommand(`There is no command ${first}`, didYouMean(first, [...names]));
  }
  if (second === undefined || second.startsWith('-')) return { command: usual, rest: args.slice(1) };
  const action = actions.find(({ name }) => name === `${first} ${second}`);
  if (action !== undefined) return { command: action, rest: args.slice(2) };
  const words = actions.map(({ name }) => name.slice(first.length + 1));
  throw noCommand(
    `There is no ${first} ${second}`,
    didYouMean(second, words) ?? `${first} takes one of ${words.join(', ')}`,
  );
}

/** An option in front of its command: `carillon --config a.yaml apps`. */
function optionFirst(option: string, rest: readonly string[]): OperatorError {
  const command = rest.find((word) => commands.some(({ name }) => name.split(' ')[0] === word)) ?? 'COMMAND';
  const [name = option] = option.split('=');
  return noCommand(
    `${name} stands before the command`,
    `options come after it: \`carillon ${command} ${name} …\``,
  );
}

function noCommand(message: string, cure = '`carillon --help` lists the commands'): OperatorError {
  return new OperatorError(message, { cure, exit: 'usage' });
}
