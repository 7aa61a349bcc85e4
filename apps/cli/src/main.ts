import { createLog, exits, OperatorError, run, type StopRequest } from '@carillon/runtime';
import { parseCommandLine } from './command-line/command-line.ts';
import { providers } from './providers.ts';
import { hasColours } from './terminal/colours.ts';
import { version } from './version.ts';

const logControl = createLog();

/** Sends that were given back may still be on the wire when everything else has stopped. */
const lingerMs = 500;

await run(logControl.log, main, { lingerMs });

async function main(stop: StopRequest): Promise<void> {
  const { stdin: input, stdout: output } = process;
  // `carillon dead list | head`: who reads our answer may have read enough.
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    stop.fail(
      new OperatorError(`Standard output cannot be written: ${error.code ?? error.message}`, {
        cure: 'make room where it goes to',
        exit: 'failure',
      }),
    );
  });
  const asked = parseCommandLine(process.argv.slice(2), process.env);
  switch (asked.kind) {
    case 'help':
      return void output.write(asked.text);
    case 'version':
      return void output.write(`carillon ${version()}\n`);
    case 'command': {
      // What other commands answer is all that is to be seen.
      if (asked.command.serves !== true) logControl.setLevel('fatal');
      const coloured = hasColours(output);
      const exit = await asked.prepared.run({
        providers,
        output,
        input,
        coloured,
        environment: process.env,
        stop,
        logControl,
      });
      if (exit !== 'ok') process.exitCode = exits[exit].code;
      return;
    }
    default:
      return asked satisfies never;
  }
}
