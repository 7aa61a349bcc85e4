import { writeFileSync } from 'node:fs';
import type { ProviderModule } from '@carillon/core';
import {
  ConfigError,
  isYamlMap,
  OperatorError,
  parseConfig,
  parseYaml,
  readTextFile,
  type Exit,
} from '@carillon/runtime';
import { carillonYaml } from './carillon-yaml.ts';
import { convert } from './convert.ts';
import type { Note } from './note.ts';
import { report } from './report.ts';

export interface ImportOptions {
  /** Sygnal's file. */
  readonly path: string;
  /** Where the configuration goes; undefined: to the output, behind the report. */
  readonly to: string | undefined;
  readonly output: { write(text: string): unknown };
  readonly providers: readonly ProviderModule[];
}

/** Makes a configuration from Sygnal's, and tells what became of each of its lines. Never overwrites a file. */
export async function runImport({ path, to, output, providers }: ImportOptions): Promise<Exit> {
  const { text, notes } = imported(path, providers);
  const told = report(notes);
  if (to === undefined) {
    output.write(`${told.replaceAll(/^/gm, '# ').replaceAll(/ +$/gm, '')}\n${text}`);
    return 'ok';
  }
  try {
    // It may hold the password of a proxy.
    writeFileSync(to, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const message = isThere ? `${to} is there already` : `${to} cannot be written`;
    const cure = isThere
      ? 'move it away, or name another file with -o'
      : 'name a file in a directory that you may write to';
    throw new OperatorError(message, { cure, exit: 'failure', cause: error });
  }
  const open = notes.filter(({ kind }) => kind === 'decide').length;
  output.write(`${told}\n${to} is written. ${open} to decide; then: carillon check --config ${to}\n`);
  return 'ok';
}

function imported(
  path: string,
  providers: readonly ProviderModule[],
): { readonly text: string; readonly notes: readonly Note[] } {
  const file = readTextFile(path);
  if (!file.ok) throw wrongFile(`${path} ${file.reason}`);
  const source = parseYaml(file.text, { version: '1.1' });
  if (!source.readable) throw new ConfigError(path, source.problems);
  if (!isYamlMap(source.value)) throw wrongFile(`${path} is no map of settings`);
  const converted = convert(source.value);
  const text = carillonYaml(converted);
  const twice = source.problems.map(({ path: at }) => ({
    kind: 'decide' as const,
    path: at,
    text: 'stands twice, and Python takes the last; only one of the two is taken over',
  }));
  return { text, notes: [...twice, ...converted.notes, ...problemsOf(text, providers)] };
}

/** What Carillon does not take as it is. */
function problemsOf(text: string, appTypes: readonly ProviderModule[]): readonly Note[] {
  try {
    parseConfig(text, { path: 'carillon.yaml', appTypes });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => ({ kind: 'decide', path, text: message }));
  }
}

function wrongFile(message: string): OperatorError {
  return new OperatorError(message, {
    cure: "name Sygnal's configuration, usually sygnal.yaml",
    exit: 'configuration',
  });
}
