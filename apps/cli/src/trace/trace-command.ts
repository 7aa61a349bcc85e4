import { optionsAndWords, usage } from '../command-line/options.ts';

/** What `carillon trace` is asked. */
export interface TraceCommand {
  readonly name: 'trace';
  readonly configPath: string;
  readonly eventKey: string;
  /** Undefined for all devices of the event. */
  readonly pushkey: string | undefined;
  readonly json: boolean;
}

/** `carillon trace EVENT_ID [PUSHKEY] [--json]`. */
export function parseTrace(args: readonly string[], configPath: string): TraceCommand {
  const { values, positionals } = optionsAndWords('trace', args, {
    config: { type: 'string', short: 'c' },
    json: { type: 'boolean' },
  });
  const [eventKey = '', pushkey, ...more] = positionals;
  if (eventKey === '')
    throw usage(
      "carillon trace: give an event id, in single quotes: '$…' (a shell takes $… in double quotes, or in none, for a variable)",
    );
  if (more.length > 0)
    throw usage('carillon trace: give one event id, and at most one pushkey; quote what has blanks');
  return {
    name: 'trace',
    configPath: values.config ?? configPath,
    eventKey,
    pushkey,
    json: values.json ?? false,
  };
}
