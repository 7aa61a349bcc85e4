import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { namedPushkeys, namingOptions } from '../pushkeys/named-pushkeys.ts';
import { runErase } from './erase.ts';

export const eraseCommand = command({
  name: 'erase',
  summary: 'erases all that is stored of a pushkey, and looks again to prove it',
  options: {
    pushkey: { type: 'string', value: 'PUSHKEY', multiple: true, help: 'whose; may be given several times' },
    ...namingOptions,
    from: {
      type: 'string',
      value: 'FILE',
      help: 'a file with a pushkey on each line, perhaps with its app_id and endpoint behind it; - for standard input',
    },
    'dry-run': { type: 'boolean', help: 'only tells what would be erased' },
  },
  examples: ['carillon erase --pushkey PUSHKEY --dry-run', 'carillon erase --from pushkeys.txt'],
  exits: {
    ok: 'Nothing is left that can be erased.',
    failure: 'Something is left; with --dry-run: there is something to erase.',
  },
  read: ({ configPath, values: { pushkey, from, 'dry-run': dryRun, ...naming } }) => {
    if (pushkey.includes('')) throw usageError('erase', '--pushkey is empty');
    return { configPath, dryRun, named: namedPushkeys('erase', pushkey, from, naming) };
  },
  run: ({ named, ...input }, { stop, ...context }) =>
    runErase({ ...input, ...context, named: named(), signal: stop.signal }),
});
