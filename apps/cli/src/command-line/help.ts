import { exits, type Exit } from '@carillon/runtime';
import type { Command } from './command.ts';
import type { Option, Options } from './options.ts';
import { common } from './parse-given.ts';
import { wrap } from '../terminal/wrap.ts';

const width = 80;

/** The text of `carillon --help`. */
export function overview(commands: readonly Command[]): string {
  return `carillon: a queue-backed, distributed Matrix push gateway

Usage: carillon COMMAND [OPTIONS]

${list(rowsOf(commands))}

carillon COMMAND --help   its options, its exit codes and an example
carillon --version        the version
`;
}

/** One for each command; of a group its first action, and what others it has. */
function rowsOf(commands: readonly Command[]): readonly Row[] {
  const groups = Map.groupBy(commands, ({ name }) => name.split(' ')[0] ?? '');
  return [...groups].map(([name, [first, ...others]]): Row => {
    const actions = others.map((action) => action.name.slice(name.length + 1));
    const also = actions.length === 0 ? '' : `; also ${actions.join(', ')}`;
    return [name, `${first?.summary ?? ''}${also}`];
  });
}

/** The text of `carillon dead --help`, for the actions of a group; the first is what the name of the group alone does. */
export function groupHelp(group: string, actions: readonly Command[]): string {
  return `Usage: carillon ${group} [ACTION] [OPTIONS]

${list(actions.map(({ name, words, summary }) => [usageOf(name, words), summary]))}

Without an action it is ${actions[0]?.name}.
carillon ${group} ACTION --help tells its options, its exit codes and an example.
`;
}

/** The text of `carillon COMMAND --help`. */
export function commandHelp({
  name,
  summary,
  words,
  options,
  examples,
  exits: own = {},
  serves,
}: Command): string {
  const all: Options = { ...options, ...common };
  const rows = Object.entries(all).map(([option, declared]): Row => [
    optionUsage(option, declared),
    declared.help,
  ]);
  const codes = Object.entries(exits).map(([exit, { code, meaning }]): Row => [
    String(code),
    own[exit as Exit] ?? meaning,
  ]);
  if (serves === true) codes.push(['130, 143', 'Ended at once by a second SIGINT or SIGTERM.']);
  return `${wrap(`carillon ${name}: ${summary}`, width).join('\n')}

Usage: carillon ${usageOf(name, words)} [OPTIONS]

Options
${list(rows)}

${examples.length === 1 ? 'Example' : 'Examples'}
${examples.map((example) => `  ${example}`).join('\n')}

Exit codes
${list(codes)}
`;
}

type Row = readonly [term: string, text: string];

const usageOf = (name: string, words: string | undefined): string =>
  words === undefined ? name : `${name} ${words}`;

function optionUsage(name: string, option: Option): string {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  return option.type === 'boolean' ? `${short}--${name}` : `${short}--${name} ${option.value}`;
}

/** Terms with what they mean beside them, or below a term that is too long for that. */
function list(rows: readonly Row[]): string {
  const longest = Math.max(...rows.map(([term]) => (term.length <= longestTerm ? term.length : 0)));
  const indent = ' '.repeat(longest + 4);
  return rows
    .flatMap(([term, text]) => {
      const lines = wrap(text, width - indent.length);
      if (term.length > longest) return [`  ${term}`, ...lines.map((line) => indent + line)];
      return lines.map((line, index) => (index === 0 ? `  ${term.padEnd(longest)}  ${line}` : indent + line));
    })
    .join('\n');
}

const longestTerm = 22;
