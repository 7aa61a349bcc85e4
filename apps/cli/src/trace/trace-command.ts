import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { runTrace } from './trace.ts';

export const traceCommand = command({
  name: 'trace',
  summary: "what became of an event's pushes, hop by hop",
  words: 'EVENT_ID [PUSHKEY]',
  options: { json: { type: 'boolean', help: 'for programs' } },
  examples: ["carillon trace '$EVENT_ID'   # in single quotes, since the id begins with $"],
  exits: {
    ok: 'Something of the event is known.',
    failure: 'Nothing is known of the event.',
  },
  read: ({ configPath, values: { json }, words: [eventKey = '', pushkey, ...more] }) => {
    if (eventKey === '')
      throw usageError(
        'trace',
        'the event id is missing',
        "write it in single quotes: '$…' (a shell takes $… in double quotes, or in none, for a variable)",
      );
    if (more.length > 0)
      throw usageError('trace', 'give one event id, and at most one pushkey', 'quote what has blanks');
    return { configPath, eventKey, pushkey, json };
  },
  run: (input, context) => runTrace({ ...input, ...context }),
});
