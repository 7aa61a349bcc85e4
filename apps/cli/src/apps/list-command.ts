import { command } from '../command-line/command.ts';
import { listApps } from './list-apps.ts';

export const listCommand = command({
  name: 'apps list',
  summary: 'each app: what waits, whether it is parked or held, and the cure',
  options: { json: { type: 'boolean', help: 'for programs' } },
  examples: ['carillon apps', 'carillon apps --json'],
  read: ({ configPath, values: { json } }) => ({ configPath, json }),
  run: (input, context) => listApps({ ...input, ...context }),
});
