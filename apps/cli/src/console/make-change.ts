import type { Change, ChangeResult } from '@carillon/console';
import type { ProviderModule } from '@carillon/core';
import { createDeadLetters, parseDeadLetterId } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { pauseApp } from '../apps/pause-app.ts';
import { resumeApp } from '../apps/resume-app.ts';
import { retryOrDropOne } from '../dead/retry-or-drop.ts';
import { forgetRegistrations, forgottenText } from '../pushkeys/forget-registrations.ts';
import { hiddenNotes, registrationsOf } from '../pushkeys/registrations.ts';
import type { ConsoleRedis } from './console-redis.ts';

/** Does what the command of the same name does. Throws an `OperatorError` for an unknown app, and when Redis cannot be used. */
export async function makeChange(
  config: Config,
  providers: readonly ProviderModule[],
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
    case 'forget': {
      const named = { pushkey: change.pushkey };
      const registrations = registrationsOf(named, config.apps, providers);
      const forgotten = await forgetRegistrations(opened, config, registrations, () => undefined);
      const notes = forgotten === 0 ? hiddenNotes(named, config.apps) : [];
      return { good: forgotten > 0, lines: [forgottenText(forgotten), ...notes] };
    }
    default:
      return change satisfies never;
  }
}
