import { command } from '../command-line/command.ts';
import { runCheck } from './check.ts';

export const checkCommand = command({
  name: 'check',
  summary: 'tells what is wrong and its cure, before and while it runs',
  options: {
    offline: {
      type: 'boolean',
      help: 'only the configuration and the credentials; nothing is connected to',
    },
    json: { type: 'boolean', help: 'for programs; the shape is in docs/operations.md' },
  },
  examples: ['carillon check', 'carillon check --offline --config new.yaml'],
  exits: {
    ok: 'No problem; there may be warnings.',
    configuration: 'The configuration or a credential is wrong.',
    unavailable: 'Something outside is in the way: Redis, a provider, a clock.',
  },
  read: ({ configPath, values: { offline, json } }) => ({ configPath, offline, json }),
  run: (input, context) => runCheck({ ...input, ...context }),
});
