import { lanes } from '@carillon/core';
import type { QueueRef } from '../../layout/keys.ts';

/** Where a dead letter lies: its queue, and the number of its job there. */
export interface DeadLetterRef {
  readonly queue: QueueRef;
  readonly number: string;
}

/** What an operator names a dead letter by: `com.example.app.ios/0/high/17` (app, shard, lane, number). */
export function deadLetterId({ queue: { app, shard, lane }, number }: DeadLetterRef): string {
  return `${app}/${shard}/${lane}/${number}`;
}

/** Undefined for what is no such id. An app's name may hold slashes, so it is read from the end. */
export function parseDeadLetterId(id: string): DeadLetterRef | undefined {
  const [, app, shard, word, number] = /^(.+)\/(\d{1,6})\/([a-z]+)\/([\w-]{1,100})$/.exec(id) ?? [];
  const lane = lanes.find((one) => one === word);
  if (app === undefined || number === undefined || lane === undefined) return undefined;
  return { queue: { app, shard: Number(shard), lane }, number };
}
