import { allShards, forgetRejections, readShards, rejectedRegistrations } from '@carillon/queue';
import { loadConfig } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { openRedis } from '../open-redis.ts';
import { createProgress } from '../terminal/progress.ts';
import { forgetRegistrations, forgottenText } from './forget-registrations.ts';
import { namedPushkeys, namingOptions } from './named-pushkeys.ts';
import { hiddenNotes, registrationsOf } from './registrations.ts';

const name = 'pushkeys forget';

export const forgetCommand = command({
  name,
  summary: 'takes rejections back, so that the pushkeys are tried again',
  words: '[PUSHKEY…]',
  options: {
    ...namingOptions,
    from: {
      type: 'string',
      value: 'FILE',
      help: 'a file with a pushkey on each line, perhaps with its app_id and endpoint behind it; - for standard input',
    },
    all: { type: 'string', value: 'APP', help: 'all rejections of this app, as `pushkeys list` shows them' },
  },
  examples: ['carillon pushkeys forget PUSHKEY', 'carillon pushkeys forget --all com.example.app.ios'],
  exits: { ok: 'At least one rejection was taken back.', failure: 'There was none.' },
  read: ({ configPath, values: { from, all, ...naming }, words }) => {
    if (all === undefined) return { configPath, all, named: namedPushkeys(name, words, from, naming) };
    if (words.length > 0 || from !== undefined)
      throw usageError(name, '--all is for all pushkeys of an app: give no other ones');
    return { configPath, all, named: () => [] };
  },
  async run({ configPath, all, named: read }, { providers, output }) {
    const named = read();
    const config = loadConfig({ path: configPath, appTypes: providers });
    const { keyPrefix } = config.redis;
    const registrations = named.flatMap((one) => registrationsOf(one, config.apps, providers));
    if (all !== undefined) appNamed(config.apps, all); // before Redis is bothered
    using opened = await openRedis(config);
    const { redis, asked } = opened;
    const shards = await asked(readShards(redis, keyPrefix, config.queue.shards));
    let forgotten = 0;

    if (all !== undefined) {
      const progress = createProgress(output, (done) => `${done} so far`);
      const pages = rejectedRegistrations(redis, keyPrefix, all, allShards(shards));
      for (let page = await asked(pages.next()); page.done !== true; page = await asked(pages.next())) {
        await asked(forgetRejections(redis, keyPrefix, page.value));
        progress((forgotten += page.value.length));
      }
    }

    const progress = createProgress(output, (done) => `${done} of ${registrations.length} looked at`);
    forgotten += await forgetRegistrations(opened, config, registrations, progress);
    const notes = new Set(named.flatMap((one) => hiddenNotes(one, config.apps)));
    output.write(
      [
        forgottenText(forgotten),
        ...(forgotten === 0 ? [...notes].map((note) => `  → ${note}`) : []),
        '',
      ].join('\n'),
    );
    return forgotten > 0 ? 'ok' : 'failure';
  },
});
