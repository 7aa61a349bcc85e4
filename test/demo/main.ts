import { parseArgs, styleText } from 'node:util';
import { createLog, OperatorError, run } from '@carillon/runtime';
import { runDemo } from './demo.ts';

const usage = `Usage: script/start [--once]

A whole installation of Carillon with simulated phones, to watch; Ctrl-C ends it, and nothing is left behind.

  --once   ends after the tour
`;

const logControl = createLog();
// The output is for a person; what goes wrong with the processes of the demo is told there.
logControl.setLevel('fatal');

await run(
  logControl.log,
  async (stop) => {
    const { once, help } = options();
    if (help) return void process.stdout.write(usage);
    const coloured = styleText('bold', 'x', { stream: process.stdout }) !== 'x';
    return runDemo({ once, stop, output: process.stdout, coloured });
  },
  { lingerMs: 500 },
);

function options() {
  const known = {
    once: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    return parseArgs({ options: known }).values;
  } catch (error) {
    const [message] = (error as Error).message.split('. '); // its advice about `--` helps nobody here
    throw new OperatorError(`script/start: ${message}`, { cure: 'script/start --help', exit: 'usage' });
  }
}
