import { command } from '../command-line/command.ts';
import { serve } from './serve.ts';

export const startCommand = command({
  name: 'start',
  summary: 'ingress and worker in one process, for small installations',
  options: {},
  examples: ['carillon start'],
  serves: true,
  read: ({ configPath }) => ({ configPath, ingress: true, worker: { apps: [], types: [], lanes: [] } }),
  run: (roles, { logControl, stop }) => serve(roles, logControl, stop),
});
