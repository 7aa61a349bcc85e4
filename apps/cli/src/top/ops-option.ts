import { usageError } from '../command-line/options.ts';

/** For commands that read the metrics of processes. */
export const opsOption = {
  type: 'string',
  value: 'URL',
  multiple: true,
  help: 'the private listener of a process, such as http://10.0.0.5:9402; once for each (default: those of the configuration, on this machine)',
} as const;

/** The pages of metrics that it names. */
export function readOps(command: string, given: readonly string[]): readonly URL[] {
  return given.map((text) => {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      throw usageError(command, `--ops ${text} is no address such as http://10.0.0.5:9402`);
    if (url.pathname === '/') url.pathname = '/metrics';
    return url;
  });
}
