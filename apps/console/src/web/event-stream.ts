import type { ServerResponse } from 'node:http';
import { sendReply } from './reply.ts';

/** Server-sent events (html.spec.whatwg.org, "Server-sent events") to one browser, until it goes. */
export interface EventStream {
  send(event: string, data: unknown): void;
  /** Aborted when the browser is gone. */
  readonly closed: AbortSignal;
  end(): void;
}

export interface EventStreams {
  /** Undefined where there are as many as there may be: that has been answered 503. */
  open(response: ServerResponse): EventStream | undefined;
  endAll(): void;
}

/** Each is rendered for by itself. */
const atMost = 32;
/** A browser that does not read; it asks anew when it does. */
const maxUnread = 1_048_576;
/** Proxies and browsers take a silent connection for a dead one. */
const beatMs = 15_000;

export function createEventStreams(): EventStreams {
  const open = new Set<EventStream>();
  return {
    open(response) {
      if (open.size >= atMost) {
        sendReply(response, {
          status: 503,
          type: 'text/plain',
          body: 'As many watch as can be served.\n',
          headers: { 'retry-after': '10' },
        });
        return undefined;
      }
      const closed = new AbortController();
      const write = (text: string): void => {
        if (response.writableLength > maxUnread) response.destroy();
        else response.write(text);
      };
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no', // nginx would keep events back
      });
      response.write('retry: 2000\n\n');
      const beat = setInterval(() => write(': still here\n\n'), beatMs);
      const stream: EventStream = {
        send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
        closed: closed.signal,
        end: () => response.end(),
      };
      open.add(stream);
      response.on('error', () => undefined); // it closes, too
      response.on('close', () => {
        clearInterval(beat);
        open.delete(stream);
        closed.abort();
      });
      return stream;
    },
    endAll() {
      for (const stream of open) stream.end();
    },
  };
}
