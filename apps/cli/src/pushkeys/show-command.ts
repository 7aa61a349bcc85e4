import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { namedPushkey, namingOptions } from './named-pushkeys.ts';
import { showPushkey } from './show-pushkey.ts';

export const showCommand = command({
  name: 'pushkeys show',
  summary: 'what is known of a pushkey: dead, suspect, waiting pushes, its last one',
  words: 'PUSHKEY',
  options: { ...namingOptions, json: { type: 'boolean', help: 'for programs' } },
  examples: ['carillon pushkeys show PUSHKEY'],
  exits: { ok: 'Something is known of it.', failure: 'Nothing is known of it.' },
  read: ({ configPath, values: { json, ...naming }, words: [pushkey, ...more] }) => {
    if (pushkey === undefined || pushkey === '' || more.length > 0)
      throw usageError('pushkeys show', 'give one pushkey', 'quote what has blanks');
    return { configPath, json, named: namedPushkey(pushkey, naming) };
  },
  run: (input, context) => showPushkey({ ...input, ...context }),
});
