import type { Change, ChangeResult } from '@carillon/console';
import { createDeadLetters, parseDeadLetterId } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { pauseApp } from '../apps/pause-app.ts';
import { resumeApp } from '../apps/resume-app.ts';
import { retryOrDropOne } from '../dead/retry-or-drop.ts';
import type { ConsoleRedis } from './console-redis.ts';

/** Does what the command of the same name does. Throws an `OperatorError` for an unknown app, and when Redis cannot be used. */
export async function makeChange(
  config: Config,
  opened: ConsoleRedis,
  change: Change,
  by: string,
): Promise<ChangeResult> {
  switch (change.kind) {
    case 'pause': {
      const { app, lane, minutes, reason } = change;
      appNamed(config.apps, app);
      const untilMs = minutes === undefined ? undefined : minutes * 60_000;
      return { good: true, lines: await pauseApp(opened, config, { app, lane, untilMs, reason, by }) };
    }
    case 'resume':
      appNamed(config.apps, change.app);
      return { good: true, lines: await resumeApp(opened, config, change.app, undefined) };
    case 'retry': {
      const ref = parseDeadLetterId(change.id);
      if (ref === undefined) return { good: false, lines: [`${change.id} is no id of a dead letter`] };
      const letters = createDeadLetters(opened.redis, config.redis.keyPrefix);
      const { good, text } = await opened.asked(retryOrDropOne('retry', letters, ref));
      return { good, lines: [text] };
    }
    default:
      return change satisfies never;
  }
}
