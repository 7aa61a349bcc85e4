import { createLog, type Exit } from '@carillon/runtime';
import { providers } from '../providers.ts';
import { parseCommandLine } from './command-line.ts';
import type { Context } from './command.ts';

interface Where {
  readonly configPath: string;
  readonly output: { write(text: string): unknown };
}

/** Runs a command line as the process does, on this configuration and with this output. */
export async function runCommand({ configPath, output }: Where, ...args: readonly string[]): Promise<Exit> {
  const asked = parseCommandLine(args, { CARILLON_CONFIG: configPath });
  if (asked.kind !== 'command') throw new Error(`${args.join(' ')} is no command`);
  const context = {
    providers,
    output,
    coloured: false,
    environment: {},
    logControl: createLog({ level: 'silent' }),
    stop: { signal: new AbortController().signal },
  };
  return asked.prepared.run(context as unknown as Context); // no terminal, and no command that serves
}
