import { loadConfig } from '@carillon/runtime';
import { createAppStateReader } from '../app-states/app-states.ts';
import { appNamed } from '../app-states/choose-apps.ts';
import { command } from '../command-line/command.ts';
import { openRedis } from '../open-redis.ts';
import { pause } from '../terminal/pause.ts';
import { oneApp } from './pause-command.ts';

export const drainCommand = command({
  name: 'apps drain',
  summary: 'waits until the queues of an app that is going away are empty',
  words: 'APP',
  options: {
    once: { type: 'boolean', help: 'looks once, and does not wait' },
  },
  examples: ['carillon apps drain com.example.app.ios'],
  exits: {
    ok: 'Nothing is left: the app can be taken out of the configuration.',
    failure: 'Something is left, and it was not waited for any longer.',
  },
  read: ({ configPath, values: { once }, words }) => ({ configPath, once, app: oneApp('apps drain', words) }),
  async run({ configPath, once, app: name }, { providers, output, stop: { signal } }) {
    const config = loadConfig({ path: configPath, appTypes: providers });
    const app = appNamed(config.apps, name);
    using opened = await openRedis(config);
    const read = createAppStateReader(opened.redis, { ...config, apps: [app] });
    let told = '';
    for (;;) {
      const [state] = await opened.asked(read());
      const left = leftText(state?.lanes ?? []);
      if (left === undefined) {
        output.write(`${name} is empty: its app can be taken out of the configuration\n`);
        return 'ok';
      }
      if (left !== told) output.write(`${name} has ${left}\n`);
      told = left;
      if (once || signal.aborted) return 'failure';
      await pause(lookMs, signal);
    }
  },
});

const lookMs = 2_000;

interface Left {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
}

/** What is left on the queues; undefined for nothing. */
function leftText(lanes: readonly Left[]): string | undefined {
  const sum = (of: (lane: Left) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
  const [waiting, delayed, active] = [sum((l) => l.waiting), sum((l) => l.delayed), sum((l) => l.active)];
  if (waiting + delayed + active === 0) return undefined;
  return `${waiting} that wait, ${delayed} that wait for a later try, ${active} in flight`;
}
