import { lanes } from '@carillon/core';
import { command } from '../command-line/command.ts';
import { oneOf } from '../command-line/options.ts';
import { reloadOnChange } from './reload-on-change.ts';
import { serve } from './serve.ts';

export const workerCommand = command({
  name: 'worker',
  summary: 'takes deliveries from the queue, sends them to the providers',
  options: {
    app: {
      type: 'string',
      value: 'GLOB',
      multiple: true,
      help: 'only apps of these names; may be given several times',
    },
    type: {
      type: 'string',
      value: 'TYPE',
      multiple: true,
      help: 'only apps of these types, such as apns; may be given several times',
    },
    lane: {
      type: 'string',
      value: 'LANE',
      multiple: true,
      help: `only these lanes (${lanes.join(', ')}); may be given several times`,
    },
    ...reloadOnChange,
  },
  examples: ['carillon worker', 'carillon worker --type apns --lane calls --lane high'],
  serves: true,
  read: ({ configPath, values: { app, type, lane, ...values } }) => ({
    configPath,
    reloadOnChange: values['reload-on-change'],
    ingress: false,
    worker: { apps: app, types: type, lanes: lane.map((one) => oneOf('worker', '--lane', lanes, one)) },
  }),
  run: (roles, { logControl, stop }) => serve(roles, logControl, stop),
});
