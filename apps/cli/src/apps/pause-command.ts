import { hostname, userInfo } from 'node:os';
import { lanes, type Lane } from '@carillon/core';
import { loadConfig } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { command } from '../command-line/command.ts';
import { durationOf, oneOf, usageError } from '../command-line/options.ts';
import { openRedis } from '../open-redis.ts';
import { pauseApp } from './pause-app.ts';

export const pauseCommand = command({
  name: 'apps pause',
  summary: 'sends nothing of an app, or of a lane of it, until it is resumed',
  words: 'APP',
  options: {
    lane: { type: 'string', value: 'LANE', help: `only this lane: ${lanes.join(', ')}` },
    until: { type: 'string', value: 'TIME', help: 'ends by itself after this time, such as 30m' },
    reason: { type: 'string', value: 'TEXT', help: 'why; shown wherever the pause is' },
  },
  examples: [
    'carillon apps pause com.example.app.ios --until 30m',
    "carillon apps pause com.example.app.ios --lane calls --reason 'a bad release'",
  ],
  read: ({ configPath, values: { lane, until, reason }, words }) => ({
    configPath,
    app: oneApp('apps pause', words),
    lane: laneOf('apps pause', lane),
    untilMs: until === undefined ? undefined : durationOf('apps pause', '--until', until, atMost),
    reason,
  }),
  async run({ configPath, app, lane, untilMs, reason }, { providers, output }) {
    const config = loadConfig({ path: configPath, appTypes: providers });
    appNamed(config.apps, app); // before Redis is bothered
    using opened = await openRedis(config);
    const by = `${userInfo().username}@${hostname()}`;
    const lines = await pauseApp(opened, config, { app, lane, untilMs, reason, by });
    output.write(`${lines.join('\n')}\n`);
    return 'ok';
  },
});

const atMost = { atLeast: '1s', atMost: '30d' } as const;

/** The one app that a command is about. */
export function oneApp(name: string, [app, ...more]: readonly string[]): string {
  if (app !== undefined && more.length === 0) return app;
  throw usageError(name, 'give the name of one app, as in the configuration');
}

export function laneOf(name: string, lane: string | undefined): Lane | undefined {
  return lane === undefined ? undefined : oneOf(name, '--lane', lanes, lane);
}
