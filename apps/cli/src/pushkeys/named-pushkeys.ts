import { readFileSync } from 'node:fs';
import { OperatorError } from '@carillon/runtime';
import type { Options } from '../command-line/options.ts';
import { usageError } from '../command-line/options.ts';
import type { NamedPushkey } from './registrations.ts';

/** How commands name the registrations that they are about. */
export const namingOptions = {
  'app-id': {
    type: 'string',
    value: 'APP_ID',
    help: 'only of this app_id; it is needed for apps whose name is a glob',
  },
  endpoint: { type: 'string', value: 'URL', help: "the endpoint of a browser's registration" },
} as const satisfies Options;

interface Naming {
  readonly 'app-id': string | undefined;
  readonly endpoint: string | undefined;
}

/** The one pushkey of a command line, with the options above. */
export function namedPushkey(pushkey: string, naming: Naming): NamedPushkey {
  return {
    pushkey,
    ...(naming['app-id'] !== undefined && { appId: naming['app-id'] }),
    ...(naming.endpoint !== undefined && { endpoint: naming.endpoint }),
  };
}

/** Those of a command line or a file: one or the other. What it returns throws an `OperatorError` for a file that cannot be read. */
export function namedPushkeys(
  command: string,
  pushkeys: readonly string[],
  from: string | undefined,
  naming: Naming,
): () => readonly NamedPushkey[] {
  if ((pushkeys.length === 0) === (from === undefined))
    throw usageError(command, 'give pushkeys, or a file of them with --from');
  if (from === undefined) return () => pushkeys.map((pushkey) => namedPushkey(pushkey, naming));
  return () =>
    readLines(from).flatMap((line) => {
      const [pushkey = '', appId, endpoint] = line.trim().split(/\s+/);
      if (pushkey === '' || pushkey.startsWith('#')) return [];
      return [
        namedPushkey(pushkey, { 'app-id': appId ?? naming['app-id'], endpoint: endpoint ?? naming.endpoint }),
      ];
    });
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').split('\n');
  } catch (error) {
    throw new OperatorError(`--from ${path} cannot be read: ${(error as Error).message}`, {
      cure: 'give a file with a pushkey on each line, and behind it, where they are needed, its app_id and endpoint; - for standard input',
      exit: 'usage',
      cause: error,
    });
  }
}
