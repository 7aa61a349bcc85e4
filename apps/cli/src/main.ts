import { createLog, run } from '@carillon/runtime';
import { parseCommandLine } from './command-line.ts';
import { helpText } from './help.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';

const logControl = createLog();

await run(logControl.log, async (stop) => {
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
    case 'check':
    case 'demo':
      return;
    case 'help':
      return void process.stdout.write(helpText());
    case 'version':
      return void process.stdout.write(`carillon ${version()}\n`);
    default:
      return command satisfies never;
  }
});
