import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { runImport } from './import.ts';

export const importCommand = command({
  name: 'import',
  summary: "writes a carillon.yaml from Sygnal's, tells what differs",
  words: 'SYGNAL_YAML',
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: 'where the configuration goes; without it, to the standard output with the report as comments',
    },
  },
  examples: ['carillon import sygnal.yaml -o carillon.yaml'],
  exits: {
    ok: 'Written; the report says what is left to decide.',
    configuration: 'The file is no configuration of Sygnal.',
  },
  read({ words, values: { output } }) {
    const [path, ...more] = words;
    if (path === undefined || more.length > 0)
      throw usageError('import', 'takes the path of one file, such as sygnal.yaml');
    return { path, to: output };
  },
  run: ({ path, to }, { output, providers }) => runImport({ path, to, output, providers }),
});
