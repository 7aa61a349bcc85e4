import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { resumeApp } from './resume-app.ts';

export const resumeCommand = command({
  name: 'apps resume',
  summary: 'lets an app that is parked or held go on, by hand',
  words: 'APP',
  options: {},
  examples: ['carillon apps resume com.example.app.ios'],
  read: ({ configPath, words: [app, ...more] }) => {
    if (app === undefined || more.length > 0)
      throw usageError('apps resume', 'give the name of one app, as in the configuration');
    return { configPath, app };
  },
  run: (input, context) => resumeApp({ ...input, ...context }),
});
