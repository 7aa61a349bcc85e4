import { randomBytes } from 'node:crypto';
import { laneOf, type Delivery, type ProviderModule, withAddress } from '@carillon/core';
import {
  connectFailingFast,
  connectPatiently,
  createAdmissionDesk,
  createRejections,
  createReplyDesk,
  readRedisTime,
  readShards,
} from '@carillon/queue';
import { loadConfig, OperatorError, type AppConfig, type Exit } from '@carillon/runtime';
import { connected } from '../check/check-redis.ts';
import { askOf } from '../open-redis.ts';
import { redisSettings } from '../serving/serve.ts';
import { whyParked, whyQueued } from '../app-states/why-waiting.ts';
import { appFor } from './app-for.ts';
import { createNarrator, tellReply } from './narrator.ts';
import { testNotify, type TestPush } from './test-notify.ts';

export interface SendOptions extends TestPush {
  readonly configPath: string;
  /** How long the outcome is waited for. */
  readonly timeoutMs: number;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
  /** Ends the wait early. */
  readonly signal: AbortSignal;
}

/**
 * Sends one real push through the running workers, past the front door but through its queue, and tells each step
 * as it happens. Returns how the process is to end: `ok` when the provider took it, `failure` after any other
 * outcome, `unavailable` when there was none in time. Throws an `OperatorError` for what keeps it from being sent.
 */
export async function runSend(options: SendOptions): Promise<Exit> {
  const { output, coloured, timeoutMs, signal } = options;
  const config = loadConfig({ path: options.configPath, appTypes: options.providers });
  const app = appFor(config.apps, options.appId);
  const { device: asGiven, notification } = testNotify(options);
  const module = options.providers.find(({ types }) => types[0] === app.type);
  const second = module?.second?.(app.settings);
  const provider = second?.takes(asGiven) === true ? second.module : module;
  const device = withAddress(asGiven, provider?.address?.(asGiven));
  const unusable = provider?.unusable?.(device);
  if (unusable !== undefined) {
    const cure = 'give the data that the client sets on its pusher with `--data`';
    throw new OperatorError(`This registration can never be sent to (${unusable})`, { cure, exit: 'usage' });
  }

  const { tell } = createNarrator(output, coloured);
  const settings = redisSettings(config);
  const asked = askOf(settings);
  const { keyPrefix } = config.redis;
  const redis = connectFailingFast(settings);
  const replies = createReplyDesk(() => connectPatiently(settings), keyPrefix);
  const stop = (): void => void replies.close();
  signal.addEventListener('abort', stop);
  try {
    return await ring();
  } finally {
    signal.removeEventListener('abort', stop);
    await replies.close();
    redis.disconnect();
  }

  async function ring(): Promise<Exit> {
    await asked(connected(redis, settings));
    let tries = 0;
    const expected = await asked(
      replies.expect(timeoutMs, (reply) => {
        tries += 1;
        tellReply(tell, reply);
      }),
    );
    const delivery = deliveryOf(app, await asked(readRedisTime(redis, keyPrefix)), expected.replyTo);
    const shards = await asked(readShards(redis, keyPrefix, config.queue.shards));
    const rejectionSettings = { keyPrefix, shards, ttlMs: config.rejections.ttlMs };
    const desk = createAdmissionDesk(redis, {
      ...rejectionSettings,
      rejectionTtlMs: rejectionSettings.ttlMs,
      gatherMs: 0,
    });
    const { maxBacklog, maxBacklogBytes } = app;
    const admission = await asked(desk.admit({ delivery, maxBacklog, maxBacklogBytes }));
    if (admission === 'shed' || admission === 'backlog_full') {
      tell('bad', `not queued: more waits for ${app.name} than its max_backlog or max_backlog_memory allows`);
      tell('warning', 'are there enough workers for it, and is the app parked? `carillon apps` tells');
      return 'unavailable';
    }
    if (admission === 'rejected') {
      const rejections = createRejections(redis, rejectionSettings);
      const upTo = await asked(rejections.deadUpTo(delivery));
      tell('bad', `rejected: ${knownDead(upTo)}`);
      return 'failure';
    }
    tell('good', `queued for ${app.name} (${app.type}), lane ${delivery.lane}`);

    const reply = await expected.answer;
    if (reply !== undefined) {
      tellReply(tell, reply);
      return reply.outcome?.kind === 'delivered' ? 'ok' : 'failure';
    }
    if (signal.aborted) {
      tell('bad', 'interrupted before an outcome was known');
      return 'failure';
    }
    tell('bad', `no final answer within ${timeoutMs / 1_000} s`);
    const why =
      (await asked(whyParked(redis, keyPrefix, app.name, delivery.lane)))?.why ??
      (await asked(
        whyQueued(redis, keyPrefix, {
          app: app.name,
          lane: delivery.lane,
          shards: [shards.placeOf(device.pushkey)],
        }),
      ));
    tell('warning', why ?? 'its worker was stopped, or the answer was lost on the way');
    return tries > 0 ? 'failure' : 'unavailable';
  }

  /** It expires with the wait: a test push that nobody looks for any more is not to ring. */
  function deliveryOf({ name, maxAgeMs }: AppConfig, acceptedAt: number, replyTo: string): Delivery {
    return {
      id: randomBytes(16).toString('base64url'),
      app: name,
      lane: laneOf(notification),
      acceptedAt,
      expiresAt: acceptedAt + Math.min(timeoutMs, maxAgeMs[laneOf(notification)]),
      tries: 0,
      replyTo,
      unclaimed: true,
      notification,
      device,
    };
  }
}

function knownDead(upTo: number | undefined): string {
  const since = upTo === undefined ? '' : `, in registrations up to ${new Date(upTo * 1_000).toISOString()}`;
  return `the provider said before that this pushkey is dead${since}. The client gets a new one when it registers again`;
}
