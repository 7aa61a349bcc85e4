import { Agent, request } from 'node:http';
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

/** A notify as Synapse sends it: one event for one phone. */
export function messageNotify(event: number | string, phone: number, options: MessageOptions = {}): object {
  const { appId = iosApp, pushkeyTs = 1_795_249_875, eventId = eventIdOf(event) } = options;
  const { pushkey = iosPushkey(phone) } = options;
  return {
    notification: {
      content: { body: 'Are you coming for lunch?', msgtype: 'm.text' },
      counts: { unread: 1 },
      devices: [
        {
          app_id: appId,
          data: {},
          pushkey,
          pushkey_ts: pushkeyTs,
          tweaks: { highlight: false, sound: 'default' },
        },
      ],
      event_id: eventId,
      id: eventId,
      prio: 'high',
      room_id: '!jAaGkg6JQi9Lu-_UJLVWGI6pVLVScQPWfKC1jQ52hE0',
      sender: '@alice:example.org',
      sender_display_name: 'Alice',
      type: 'm.room.message',
    },
  };
}

export interface NotifyAnswer {
  readonly status: number;
  readonly rejected: readonly string[];
  readonly ms: number;
}

/** POSTs notifies over kept connections, as a homeserver does; rejects after `timeoutMs` of silence, if given. */
export function createNotifier(url: string, { timeoutMs = 0 }: { readonly timeoutMs?: number } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  const { hostname, port } = new URL(url);

  function post(
    notify: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<NotifyAnswer> {
    const body = typeof notify === 'string' ? notify : JSON.stringify(notify);
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          hostname,
          port,
          method: 'POST',
          path: '/_matrix/push/v1/notify',
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const { rejected = [] } = JSON.parse(text) as { rejected?: readonly string[] };
            resolve({ status: response.statusCode ?? 0, rejected, ms: performance.now() - startedAt });
          });
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`No answer within ${timeoutMs} ms`)));
      sent.end(body);
    });
  }

  return { post, [Symbol.dispose]: () => agent.destroy() };
}
