import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { runTop } from './top.ts';

export const topCommand = command({
  name: 'top',
  summary: 'what waits and what goes on, live',
  options: {
    ops: {
      type: 'string',
      value: 'URL',
      multiple: true,
      help: 'the private listener of a process, such as http://10.0.0.5:9402; once for each (default: those of the configuration, on this machine)',
    },
    once: { type: 'boolean', help: 'one look, also on a terminal' },
  },
  examples: ['carillon top', 'carillon top --once --ops http://10.0.0.5:9401 --ops http://10.0.0.6:9402'],
  read: ({ configPath, values: { ops, once } }) => ({ configPath, once, ops: ops.map(metricsPage) }),
  run: (input, { stop, ...context }) => runTop({ ...input, ...context, signal: stop.signal }),
});

function metricsPage(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw usageError('top', `--ops ${text} is no address such as http://10.0.0.5:9402`);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url;
}
