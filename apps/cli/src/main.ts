import { createLog, exits, run, type Exit, type StopRequest } from '@carillon/runtime';
import { runApps } from './apps/apps.ts';
import { runCheck } from './check/check.ts';
import { hasColours } from './terminal/colours.ts';
import { parseCommandLine } from './command-line/command-line.ts';
import { runDead } from './dead/dead.ts';
import { helpText } from './command-line/help.ts';
import { providers } from './providers.ts';
import { runSend } from './send/send.ts';
import { serve } from './serving/serve.ts';
import { runTop } from './top/top.ts';
import { runTrace } from './trace/trace.ts';
import { version } from './version.ts';

const logControl = createLog();

/** Sends that were given back may still be on the wire when everything else has stopped. */
const lingerMs = 500;

await run(logControl.log, main, { lingerMs });

async function main(stop: StopRequest): Promise<void> {
  // `carillon dead list | head`: who reads our answer may have read enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stop.fail(error);
  });
  const command = parseCommandLine(process.argv.slice(2), process.env);
  switch (command.name) {
    case 'ingress':
      return serve({ configPath: command.configPath, ingress: true, worker: undefined }, logControl, stop);
    case 'worker':
      return serve({ configPath: command.configPath, ingress: false, worker: command }, logControl, stop);
    case 'start': {
      const everything = { apps: [], types: [], lanes: [] };
      return serve({ configPath: command.configPath, ingress: true, worker: everything }, logControl, stop);
    }
    case 'check': {
      // Its output is the report, and nothing else.
      logControl.setLevel('fatal');
      const exit = await runCheck({
        ...command,
        providers,
        output: process.stdout,
        coloured: hasColours(process.stdout),
      });
      process.exitCode = exits[exit].code;
      return;
    }
    case 'send': {
      logControl.setLevel('fatal');
      const exit = await runSend({
        ...command,
        providers,
        output: process.stdout,
        coloured: hasColours(process.stdout),
        signal: stop.signal,
      });
      process.exitCode = exits[exit].code;
      return;
    }
    case 'apps':
      return end(await runApps({ ...command, ...told() }));
    case 'dead':
      return end(await runDead({ ...command, ...told() }));
    case 'top':
      return end(await runTop({ ...command, ...told(), input: process.stdin, signal: stop.signal }));
    case 'trace':
      return end(await runTrace({ ...command, ...told() }));
    case 'help':
      return void process.stdout.write(helpText());
    case 'version':
      return void process.stdout.write(`carillon ${version()}\n`);
    default:
      return command satisfies never;
  }
}

/** For commands that answer a person: what they say is all that is to be seen. */
function told() {
  logControl.setLevel('fatal');
  return { providers, output: process.stdout, coloured: hasColours(process.stdout) };
}

function end(exit: Exit): void {
  process.exitCode = exits[exit].code;
}
