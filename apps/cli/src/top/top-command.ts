import { command } from '../command-line/command.ts';
import { opsOption, readOps } from './ops-option.ts';
import { runTop } from './top.ts';

export const topCommand = command({
  name: 'top',
  summary: 'what waits and what goes on, live',
  options: {
    ops: opsOption,
    once: { type: 'boolean', help: 'one look, also on a terminal' },
  },
  examples: ['carillon top', 'carillon top --once --ops http://10.0.0.5:9401 --ops http://10.0.0.6:9402'],
  read: ({ configPath, values: { ops, once } }) => ({ configPath, once, ops: readOps('top', ops) }),
  run: (input, { stop, ...context }) => runTop({ ...input, ...context, signal: stop.signal }),
});
