import { lanes } from '@carillon/core';
import { command } from '../command-line/command.ts';
import { laneOf, oneApp } from './pause-command.ts';
import { resumeApp } from './resume-app.ts';

export const resumeCommand = command({
  name: 'apps resume',
  summary: 'lets an app that is paused, parked or held go on',
  words: 'APP',
  options: {
    lane: { type: 'string', value: 'LANE', help: `only the pause of this lane: ${lanes.join(', ')}` },
  },
  examples: ['carillon apps resume com.example.app.ios'],
  read: ({ configPath, values: { lane }, words }) => ({
    configPath,
    app: oneApp('apps resume', words),
    lane: laneOf('apps resume', lane),
  }),
  run: (input, context) => resumeApp({ ...input, ...context }),
});
