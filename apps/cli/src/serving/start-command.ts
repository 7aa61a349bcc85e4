import { command } from '../command-line/command.ts';
import { reloadOnChange } from './reload-on-change.ts';
import { serve } from './serve.ts';

export const startCommand = command({
  name: 'start',
  summary: 'ingress and worker in one process, for small installations',
  options: { ...reloadOnChange },
  examples: ['carillon start'],
  serves: true,
  read: ({ configPath, values }) => ({
    configPath,
    reloadOnChange: values['reload-on-change'],
    ingress: true,
    worker: { apps: [], types: [], lanes: [] },
  }),
  run: (roles, { logControl, stop }) => serve(roles, logControl, stop),
});
