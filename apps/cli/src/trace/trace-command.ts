import type { TraceIndex } from '@carillon/hops';
import { command } from '../command-line/command.ts';
import { momentOf } from '../command-line/moment.ts';
import { usageError } from '../command-line/options.ts';
import type { Asked } from './asked.ts';
import { runTrace } from './trace.ts';

export const traceCommand = command({
  name: 'trace',
  summary: 'what became of the pushes of an event or a pushkey, hop by hop',
  words: '[EVENT_ID [PUSHKEY]]',
  options: {
    pushkey: { type: 'string', value: 'PUSHKEY', help: 'of this registration, whatever the event' },
    room: { type: 'string', value: 'ROOM_ID', help: 'of this room; needs `trace.index: [room]`' },
    sender: {
      type: 'string',
      value: 'USER_ID',
      help: 'of what this user sent; needs `trace.index: [sender]`',
    },
    since: { type: 'string', value: 'TIME', help: "not before: 2h (ago), 14:03 or '2026-11-21 14:03'" },
    until: { type: 'string', value: 'TIME', help: 'not after' },
    json: { type: 'boolean', help: 'for programs' },
  },
  examples: [
    "carillon trace '$EVENT_ID'   # in single quotes, since the id begins with $",
    'carillon trace --pushkey PUSHKEY --since 14:00 --until 14:10',
  ],
  exits: {
    ok: 'Something of it is known.',
    failure: 'Nothing is known of it.',
  },
  read: ({ configPath, values: { json, ...by }, words: [eventKey, word, ...more] }) => {
    const pushkey = word ?? by.pushkey;
    const indexed = Object.entries({ room: by.room, sender: by.sender } satisfies Record<
      TraceIndex,
      unknown
    >);
    if (eventKey === '' || [eventKey, pushkey, by.room, by.sender].every((one) => one === undefined))
      throw usageError(
        'trace',
        'the event id is missing',
        "write it in single quotes: '$…' (a shell takes $… in double quotes, or in none, for a variable); or give --pushkey",
      );
    if (more.length > 0 || (word !== undefined && by.pushkey !== undefined))
      throw usageError('trace', 'give one event id, and at most one pushkey', 'quote what has blanks');
    const now = Date.now();
    const time = (option: 'since' | 'until') => {
      const text = by[option];
      return text === undefined ? undefined : momentOf('trace', `--${option}`, text, now);
    };
    const [since, until] = [time('since'), time('until')];
    if (since !== undefined && until !== undefined && since > until)
      throw usageError('trace', '--since is after --until');
    const asked: Asked = {
      ...(eventKey !== undefined && { eventKey }),
      ...(pushkey !== undefined && { pushkey }),
      ...Object.fromEntries(indexed.filter(([, name]) => name !== undefined)),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    };
    return { configPath, asked, json };
  },
  run: (input, context) => runTrace({ ...input, ...context }),
});
