import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { EventKind, EventSink } from '@carillon/core';
import { createCloudEvents, type CloudEvent } from './event.ts';
import { createEventQueue, type EventObserver, type EventTiming } from './event-queue.ts';
import { createPost } from './post.ts';
import { secretBytes, signatureHeaders } from './signature.ts';

export interface EventPosterOptions {
  /** https. */
  readonly url: string;
  readonly secret: string;
  /** Those that are posted. */
  readonly kinds: readonly EventKind[];
  /** Whether pushkeys and event ids stand in them, and not only fingerprints. */
  readonly plain: boolean;
  readonly caFile?: string;
  readonly allowPrivate: readonly string[];
  readonly proxy?: URL;
  readonly observer: EventObserver;
  readonly timing?: Partial<EventTiming>;
  readonly mostEvents?: number;
}

/** Tells the operator's own system what became of deliveries, as signed posts of CloudEvents (docs/events.md). */
export interface EventPoster extends EventSink {
  /** Posts what is left, if the receiver takes it soon. */
  close(): Promise<void>;
}

/** Opens no connection yet. Throws a `SettingError` for a bad `caFile`. */
export function createEventPoster(options: EventPosterOptions): EventPoster {
  const { observer, timing, mostEvents } = options;
  const secret = secretBytes(options.secret);
  const kinds = new Set(options.kinds);
  const source = `/carillon/${encodeURIComponent(hostname())}/${process.pid}-${randomBytes(4).toString('hex')}`;
  const cloudEvent = createCloudEvents({ source, secret, plain: options.plain });
  const post = createPost({ ...options, url: new URL(options.url) });
  const queue = createEventQueue<CloudEvent>({
    observer,
    ...(timing !== undefined && { timing }),
    ...(mostEvents !== undefined && { mostEvents }),
    post(batch, id, signal) {
      const body = JSON.stringify(batch);
      const seconds = Math.floor(Date.now() / 1_000);
      const headers = {
        'content-type': 'application/cloudevents-batch+json; charset=utf-8',
        ...signatureHeaders(secret, { id, seconds, body }),
      };
      return post(body, headers, signal);
    },
  });
  return {
    wants: (kind) => kinds.has(kind),
    tell(event) {
      if (kinds.has(event.kind)) queue.add(cloudEvent(event));
    },
    async close() {
      await queue.close();
      post.close();
    },
  };
}
