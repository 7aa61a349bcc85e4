import { SettingError } from '@carillon/core';
import { OperatorError, type Config } from '@carillon/runtime';
import { openEvents } from '../serving/start-events.ts';
import type { Finding } from './finding.ts';

const unheard = { posted() {}, dropped() {}, trouble() {}, well() {} };

/** Looks at the files of `events`, without which no worker starts. Posts nothing. */
export async function judgeEvents(config: Pick<Config, 'events' | 'proxy'>): Promise<readonly Finding[]> {
  try {
    const poster = openEvents(config, unheard);
    if (poster === undefined) return [];
    await poster.close();
    return [{ kind: 'good', what: 'events', detail: 'their files can be read' }];
  } catch (error) {
    if (error instanceof OperatorError)
      return [{ ...bad, what: 'events.secret_file', detail: error.message, cure: error.cure }];
    if (error instanceof SettingError)
      return [{ ...bad, what: `events.${error.key}`, detail: error.message }];
    throw error;
  }
}

const bad = { kind: 'bad', exit: 'configuration' } as const;
