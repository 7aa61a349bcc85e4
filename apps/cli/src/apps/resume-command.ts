import { lanes } from '@carillon/core';
import { loadConfig } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { command } from '../command-line/command.ts';
import { openRedis } from '../open-redis.ts';
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
  async run({ configPath, app, lane }, { providers, output }) {
    const config = loadConfig({ path: configPath, appTypes: providers });
    appNamed(config.apps, app); // before Redis is bothered
    using opened = await openRedis(config);
    const lines = await resumeApp(opened, config, app, lane);
    output.write(`${lines.join('\n')}\n`);
    return 'ok';
  },
});
