import { parseArgs, type ParseArgsConfig } from 'node:util';
import { likeNames, type LikeName } from './likes.ts';

export const usage = `Usage: script/homeserver [OPTIONS]              runs a stand-in homeserver, until Ctrl-C
       script/homeserver message --from USER --to USER[,USER…] [--room NAME] TEXT
       script/homeserver invite --from USER --to USER [--room NAME]
       script/homeserver call --from USER --to USER[,USER…] [--room NAME] [--video]
       script/homeserver read --user USER [--to USER[,USER…] | --room NAME]
       script/homeserver users

A Matrix homeserver as far as push needs one: clients set their pushers on it, and it tells their push gateways
what happens. Nothing is kept. The commands make things happen on one that runs; users and rooms that it has
never heard of are made up.

  --listen HOST:PORT       default: 127.0.0.1:8008
  --users NAME,NAME…       who has a token, which is the name; default: alice,bob,carol
  --users-file FILE        instead: a line for each user, with name and token
  --like NAME              pushes as this one does: ${likeNames.join(', ')}; default: synapse
  --sets-per-minute N      pushers that a user may set in a minute; default: 300; 0 for any number

  --at URL                 where the commands find it; default: http://127.0.0.1:8008
`;

/** What was asked for on the command line. */
export type Asked =
  | { readonly command: 'help' }
  | {
      readonly command: 'serve';
      readonly host: string;
      readonly port: number;
      readonly users: readonly string[];
      readonly usersFile: string | undefined;
      readonly like: LikeName;
      readonly setsPerMinute: number;
    }
  | {
      readonly command: 'act';
      readonly at: string;
      readonly method: 'GET' | 'POST';
      /** The last part of its path. */
      readonly what: string;
      readonly body: Readonly<Record<string, unknown>>;
    };

/** Of the person at the keyboard; its message says what is wrong. */
export class UsageError extends Error {}

const actions: ReadonlySet<string> = new Set(['message', 'invite', 'call', 'read', 'users']);

/** Throws a `UsageError`. */
export function readCommandLine(args: readonly string[]): Asked {
  if (args.includes('--help') || args.includes('-h')) return { command: 'help' };
  const [what = '', ...rest] = args;
  if (what === '' || what.startsWith('-')) return readServe(args);
  if (!actions.has(what)) throw new UsageError(`there is no command ${what}`);
  return readAction(what, rest);
}

function readServe(args: readonly string[]): Asked {
  const { values } = parse(args, {
    listen: { type: 'string', default: '127.0.0.1:8008' },
    users: { type: 'string', default: 'alice,bob,carol' },
    'users-file': { type: 'string' },
    like: { type: 'string', default: 'synapse' },
    'sets-per-minute': { type: 'string', default: '300' },
  });
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(values.listen) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new UsageError('--listen must be HOST:PORT');
  const like = likeNames.find((name) => name === values.like);
  if (like === undefined) throw new UsageError(`--like must be one of ${likeNames.join(', ')}`);
  if (!/^\d{1,9}$/.test(values['sets-per-minute']))
    throw new UsageError('--sets-per-minute must be a number');
  return {
    command: 'serve',
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    users: namesOf(values.users),
    usersFile: values['users-file'],
    like,
    setsPerMinute: Number(values['sets-per-minute']),
  };
}

function readAction(what: string, args: readonly string[]): Asked {
  const { values, positionals } = parse(args, {
    at: { type: 'string', default: 'http://127.0.0.1:8008' },
    from: { type: 'string' },
    to: { type: 'string' },
    user: { type: 'string' },
    room: { type: 'string' },
    video: { type: 'boolean' },
  });
  const { at, to, ...others } = values;
  const text = positionals.join(' ');
  if (text !== '' && what !== 'message') throw new UsageError(`${what} takes no text`);
  return {
    command: 'act',
    at,
    method: what === 'users' ? 'GET' : 'POST',
    what,
    body: { ...others, ...(to !== undefined && { to: namesOf(to) }), ...(text !== '' && { text }) },
  };
}

function parse<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]); // its advice about `--` helps nobody here
  }
}

const namesOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
