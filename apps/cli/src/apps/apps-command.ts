import { optionsAndWords, usage } from '../command-line/options.ts';

/** What `carillon apps` is asked to do. */
export type AppsAction =
  { readonly kind: 'list'; readonly json: boolean } | { readonly kind: 'resume'; readonly app: string };

export interface AppsCommand {
  readonly name: 'apps';
  readonly configPath: string;
  readonly action: AppsAction;
}

/** `carillon apps [--json]` or `carillon apps resume NAME`. */
export function parseApps(args: readonly string[], configPath: string): AppsCommand {
  const { values, positionals } = optionsAndWords('apps', args, {
    config: { type: 'string', short: 'c' },
    json: { type: 'boolean' },
  });
  const [action, app, ...more] = positionals;
  const command = { name: 'apps', configPath: values.config ?? configPath } as const;
  if (action === undefined) return { ...command, action: { kind: 'list', json: values.json ?? false } };
  if (action !== 'resume') throw usage(`carillon apps: there is no action ${action}, only resume`);
  if (values.json !== undefined) throw usage('carillon apps resume: --json is for the list');
  if (app === undefined || more.length > 0)
    throw usage('carillon apps resume: give the name of one app, as in the configuration');
  return { ...command, action: { kind: 'resume', app } };
}
