import { options, usage } from '../command-line/options.ts';

/** What `carillon top` is asked to show. */
export interface TopCommand {
  readonly name: 'top';
  readonly configPath: string;
  readonly once: boolean;
  /** Private listeners of the processes; empty for those of the configuration. */
  readonly ops: readonly URL[];
}

/** `carillon top [--once] [--ops URL…]`. */
export function parseTop(args: readonly string[], configPath: string): TopCommand {
  const values = options('top', args, {
    config: { type: 'string', short: 'c' },
    once: { type: 'boolean' },
    ops: { type: 'string', multiple: true },
  });
  return {
    name: 'top',
    configPath: values.config ?? configPath,
    once: values.once ?? false,
    ops: (values.ops ?? []).map(metricsPage),
  };
}

function metricsPage(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw usage(`carillon top: --ops ${text} is no address such as http://10.0.0.5:9402`);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url;
}
