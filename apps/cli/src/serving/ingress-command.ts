import { command } from '../command-line/command.ts';
import { reloadOnChange } from './reload-on-change.ts';
import { serve } from './serve.ts';

export const ingressCommand = command({
  name: 'ingress',
  summary: 'takes notifies from homeservers and puts them on the queue',
  options: { ...reloadOnChange },
  examples: ['carillon ingress --config /etc/carillon/carillon.yaml'],
  serves: true,
  read: ({ configPath, values }) => ({
    configPath,
    reloadOnChange: values['reload-on-change'],
    ingress: true,
    worker: undefined,
  }),
  run: (roles, { logControl, stop }) => serve(roles, logControl, stop),
});
