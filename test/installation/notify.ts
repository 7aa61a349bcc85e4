import { setTimeout as delay } from 'node:timers/promises';
import { likes } from '../fakes/homeserver/likes.ts';
import { connectGateway, notifyPath, rejectedOf } from '../fakes/homeserver/pushing/gateway.ts';
import { synapseBodies } from '../fakes/homeserver/pushing/notify-body.ts';
import { contents } from '../fakes/homeserver/world/event.ts';
import { createUsers } from '../fakes/homeserver/world/users.ts';
import { iosApp, iosPushkey } from './installation.ts';

export interface MessageOptions {
  readonly appId?: string;
  /** Default: the one of `phone` at APNs. */
  readonly pushkey?: string;
  /** UNIX seconds. */
  readonly pushkeyTs?: number;
  readonly eventId?: string;
}

/** The event id of `messageNotify(event, …)`, as long as real ones. */
export function eventIdOf(event: number | string): string {
  return `$${event}GvNWw_uAfvCZ-su9xIXX00p38zTWOQVxOO0sFeuo`;
}

const users = createUsers('example.org', new Map());
const [sender, user] = [users.named('alice'), users.named('bob')];
const room = {
  id: '!jAaGkg6JQi9Lu-_UJLVWGI6pVLVScQPWfKC1jQ52hE0',
  name: undefined,
  alias: undefined,
  members: new Set([sender, user]),
};

/** A notify as Synapse sends it: one event for one phone. */
export function messageNotify(event: number | string, phone: number, options: MessageOptions = {}): object {
  const { appId = iosApp, pushkeyTs = 1_795_249_875, eventId = eventIdOf(event) } = options;
  const { pushkey = iosPushkey(phone) } = options;
  return synapseBodies.event({
    pusher: { app_id: appId, pushkey, setAt: pushkeyTs, user, data: { url: '' } },
    event: {
      id: eventId,
      room,
      sender,
      type: 'm.room.message',
      content: contents.message('Are you coming for lunch?'),
      stateKey: undefined,
    },
    tweaks: { highlight: false, sound: 'default' },
    unread: 1,
  });
}

export interface NotifyAnswer {
  readonly status: number;
  readonly rejected: readonly string[];
  readonly ms: number;
}

const retryMs = 100;

/** POSTs notifies over kept connections, as Synapse does; rejects when no answer begins in time. */
export function createNotifier(url: string, { timeoutMs = likes.synapse.transport.headWithinMs } = {}) {
  const gateway = connectGateway({ ...likes.synapse.transport, headWithinMs: timeoutMs });
  async function post(
    notify: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<NotifyAnswer> {
    const startedAt = performance.now();
    const body = typeof notify === 'string' ? notify : JSON.stringify(notify);
    const answer = await gateway.post(`${url}${notifyPath}`, body, headers);
    return { status: answer.status, rejected: rejectedOf(answer), ms: performance.now() - startedAt };
  }

  return {
    post,
    /**
     * POSTs until the answer is 200, as homeservers do: on a busy machine Redis may take longer than an ingress waits, and one that
     * has just started may not have found it yet. Rejects at any answer but 503.
     */
    postUntilTaken: async (...args: Parameters<typeof post>): Promise<NotifyAnswer> => {
      for (;;) {
        const answer = await post(...args);
        if (answer.status === 200) return answer;
        if (answer.status !== 503) throw new Error(`The answer to a notify is ${answer.status}`);
        await delay(retryMs);
      }
    },
    [Symbol.dispose]: () => gateway.close(),
  };
}
