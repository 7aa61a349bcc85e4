import type { Outcome, Provider, ProviderApp, ProviderContext, ProviderModule } from '@carillon/core';
import { addressOf, AnswerLog, DialError, dialPlain, outcomeOf, ownValue, reach } from '@carillon/sending';
import { bellAnswers } from './answers/table.ts';
import { bellShape } from './config.ts';
import type { BellSettings } from './config.ts';
import { post } from './connection/post.ts';
import { readRope } from './credentials/rope.ts';
import { buildPayload } from './payload/payload.ts';

/** Church bells, over plain HTTP: apps of type `bell`. */
export const bellModule: ProviderModule<typeof bellShape> = {
  types: ['bell'],
  shape: bellShape,
  obsoleteKeys: {},
  trim: (notification) => notification,
  answers: bellAnswers.rows,
  create: createBellProvider,
};

function createBellProvider(
  { name, settings }: ProviderApp<BellSettings>,
  context: ProviderContext,
): Provider {
  const rope = readRope(settings.rope_file);
  const log = new AnswerLog('Bell', name, context);
  const endpoint = new URL(settings.endpoint);
  const dial = () => dialPlain(addressOf(endpoint), { proxy: context.proxy, timeoutMs: 5_000 });
  let isClosing = false;

  const conclude = (
    row: ReturnType<typeof bellAnswers.rowOfFault>,
    pushkey: string,
    status?: number,
  ): Outcome => {
    log.answered(row, pushkey, { status });
    return outcomeOf(row);
  };
  return {
    async send({ notification, device: { pushkey, data } }) {
      if (isClosing) return conclude(bellAnswers.rowOfFault('shutdown'), pushkey);
      if (typeof (ownValue(data, 'default_payload') ?? {}) !== 'object')
        return conclude(bellAnswers.rowOfFault('default_payload_not_object'), pushkey);
      try {
        const path = `/ring/${encodeURIComponent(pushkey)}`;
        const status = await post(await dial(), path, { authorization: rope }, buildPayload(notification));
        return conclude(bellAnswers.rowOfAnswer({ status }), pushkey, status);
      } catch (error) {
        const fault = error instanceof DialError ? error.fault : 'connection_lost';
        return conclude(bellAnswers.rowOfFault(fault), pushkey);
      }
    },
    server: () => endpoint.hostname,
    reach: async () => [await reach(endpoint.origin, dial)],
    close() {
      isClosing = true;
      return Promise.resolve();
    },
  };
}
