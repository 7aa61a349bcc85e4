import { allShards, readShards, rejectedRegistrations, type RejectedRegistration } from '@carillon/queue';
import { loadConfig } from '@carillon/runtime';
import { appsMatching } from '../app-states/choose-apps.ts';
import { command } from '../command-line/command.ts';
import { openRedis } from '../open-redis.ts';
import { timeText } from '../terminal/time-text.ts';

export const listCommand = command({
  name: 'pushkeys list',
  summary: 'the rejected pushkeys, by the hashes that Redis has of them',
  options: {
    dead: { type: 'boolean', help: 'the rejected ones; without it they are only counted' },
    app: { type: 'string', value: 'GLOB', multiple: true, help: 'only of apps of these names' },
    json: { type: 'boolean', help: 'for programs: one JSON object on each line' },
  },
  examples: ['carillon pushkeys list', 'carillon pushkeys list --dead --app com.example.app.ios'],
  read: ({ configPath, values }) => ({ configPath, ...values }),
  async run({ configPath, dead, app: globs, json }, { providers, output }) {
    const config = loadConfig({ path: configPath, appTypes: providers });
    const { keyPrefix } = config.redis;
    const apps = appsMatching(config.apps, globs);
    using opened = await openRedis(config);
    const { redis, asked } = opened;
    const shards = allShards(await asked(readShards(redis, keyPrefix, config.queue.shards)));
    const told = json ? jsonLine : textLine;
    for (const { name } of apps) {
      let count = 0;
      const pages = rejectedRegistrations(redis, keyPrefix, name, shards);
      for (let page = await asked(pages.next()); page.done !== true; page = await asked(pages.next())) {
        count += page.value.length;
        if (dead) output.write(page.value.map(told).join(''));
      }
      if (!json)
        output.write(`${name}: ${count === 1 ? '1 rejected pushkey' : `${count} rejected pushkeys`}\n`);
      else if (!dead) output.write(`${JSON.stringify({ app: name, dead: count })}\n`);
    }
    return 'ok';
  },
});

const iso = (at: number): string => new Date(at).toISOString();

function textLine({ key, saidAt, pushkeyTs, endsInMs }: RejectedRegistration): string {
  return `  ${key}  found dead ${iso(saidAt)}, up to pushkey_ts ${pushkeyTs}, for ${timeText(endsInMs)} more\n`;
}

function jsonLine({ app, key, saidAt, pushkeyTs, endsInMs }: RejectedRegistration): string {
  return `${JSON.stringify({
    app,
    registration: key,
    found_dead: iso(saidAt),
    pushkey_ts: pushkeyTs,
    ends: iso(Date.now() + endsInMs),
  })}\n`;
}
