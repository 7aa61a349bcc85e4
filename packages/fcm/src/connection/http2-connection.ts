import http2 from 'node:http2';
import type net from 'node:net';
import type { Reply, SendRequest } from './reply.ts';

/** The most sends at once on one connection: Google's front ends end those that carry more than some 100. */
const maxStreams = 90;
/** Share of the peer's own limit that is used: a lowered limit is met by the streams that are already under way. */
const usedShare = 0.9;
/** An answer of FCM has some hundred bytes; what is longer is not FCM's. */
const maxBodyLength = 65_536;

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = http2.constants;

export type ConnectionEnd = 'goaway' | 'error' | 'timeout' | 'idle' | 'shutdown';

export interface Http2ConnectionEvents {
  /** A stream ended: there is room for another. */
  onRoom(): void;
  /** The connection takes no more sends; what is in flight may still end. Once. */
  onEnd(reason: ConnectionEnd): void;
  /** The socket is gone. Once, after `onEnd`. */
  onClosed(): void;
}

/**
 * One long-lived HTTP/2 connection.
 *
 *   open      takes sends
 *   leaving   GOAWAY, idleness, a silent peer or our own shutdown: takes none, what is in flight ends
 *   closed    the socket is gone
 */
export class Http2Connection {
  readonly #session: http2.ClientHttp2Session;
  readonly #events: Http2ConnectionEvents;
  #limit: number;
  #active = 0;
  #ended = false;
  /** Milliseconds of the monotonic clock: when the peer last answered anything. */
  #heardAt = performance.now();
  #lastStreamId = Number.POSITIVE_INFINITY;

  /** Speaks HTTP/2 over a connected socket; resolves with the peer's SETTINGS, which prove that it does. */
  static async open(
    origin: URL,
    socket: net.Socket,
    events: Http2ConnectionEvents,
    timeoutMs: number,
  ): Promise<Http2Connection> {
    const session = http2.connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    session.on('error', ignore);
    await firstSettings(session, timeoutMs);
    return new Http2Connection(session, events);
  }

  private constructor(session: http2.ClientHttp2Session, events: Http2ConnectionEvents) {
    this.#session = session;
    this.#events = events;
    this.#limit = limitOf(session.remoteSettings);
    session.on('remoteSettings', (settings: http2.Settings) => {
      this.#limit = limitOf(settings);
      events.onRoom();
    });
    session.on('goaway', (_code: number, lastStreamId: number) => {
      this.#lastStreamId = lastStreamId;
      this.#end('goaway');
    });
    session.on('close', () => {
      this.#end('error');
      events.onClosed();
    });
  }

  /** How many more sends it takes now. */
  get room(): number {
    return this.#ended || this.#session.closed ? 0 : this.#limit - this.#active;
  }

  get idleMs(): number {
    return this.#active > 0 ? 0 : performance.now() - this.#heardAt;
  }

  /** Sends one request; `done` is called once. Only to be called while there is `room`. */
  send({ path, authorization, body }: SendRequest, timeoutMs: number, done: (reply: Reply) => void): void {
    const startedAt = performance.now();
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      authorization,
      'content-type': 'application/json',
    });
    this.#active += 1;
    let status = 0;
    let retryAfter: string | undefined;
    let date: string | undefined;
    let text = '';
    let complete = false;
    let settled = false;
    const settle = (reply: Reply): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      this.#active -= 1;
      done(reply);
      if (this.#ended) this.#closeIfDrained();
      else this.#events.onRoom();
    };
    const timer = setTimeout(() => {
      settle({ kind: 'fault', fault: 'timeout' });
      stream.close(NGHTTP2_CANCEL);
      // Not a sign of life for the whole time that the request was under way: the peer may be frozen, and a new
      // connection costs less than finding out.
      if (this.#heardAt < startedAt) this.#end('timeout');
    }, timeoutMs);

    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      this.#heardAt = performance.now();
      status = headers[':status'] ?? 0;
      ({ 'retry-after': retryAfter, date } = headers);
    });
    stream.on('data', (chunk: string) => {
      if (text.length < maxBodyLength) text += chunk;
    });
    stream.on('end', () => {
      complete = true;
    });
    stream.on('error', ignore); // followed by `close`
    stream.on('close', () => {
      // A cut body is no answer: without its details a dead pushkey looks like a wrong project. 2xx says all.
      if (status !== 0 && (complete || isSuccess(status)))
        settle({ kind: 'answer', status, retryAfter, date, body: text });
      else if (this.#unprocessed(stream)) settle({ kind: 'unprocessed' });
      else settle({ kind: 'fault', fault: 'connection_reset' });
    });
    stream.end(body);
  }

  /** Refused, never sent, or above the last-stream-id of a GOAWAY: may be sent again (RFC 9113, 6.8 and 8.7). */
  #unprocessed(stream: http2.ClientHttp2Stream): boolean {
    return (
      stream.rstCode === NGHTTP2_REFUSED_STREAM || stream.id === undefined || stream.id > this.#lastStreamId
    );
  }

  /** One PING; a peer that does not answer it in time is given up. */
  ping(timeoutMs: number): void {
    if (this.#session.closed || this.#session.destroyed) return;
    const timer = setTimeout(() => {
      this.#end('timeout');
      this.#session.destroy();
    }, timeoutMs);
    timer.unref();
    this.#session.ping((error: Error | null) => {
      clearTimeout(timer);
      if (error === null) this.#heardAt = performance.now();
    });
  }

  /** Takes no more sends, lets those in flight end, then closes. */
  async leave(reason: ConnectionEnd): Promise<void> {
    this.#end(reason);
    if (this.#session.destroyed) return;
    await new Promise<void>((resolve) => this.#session.once('close', resolve));
  }

  #end(reason: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onEnd(reason);
    this.#closeIfDrained();
  }

  #closeIfDrained(): void {
    // Not `close()` alone: a frozen peer would keep the socket for ever.
    if (this.#active > 0 || this.#session.destroyed) return;
    this.#session.close();
    setImmediate(() => this.#session.destroy());
  }
}

/** Rejects if the connection ends or the time is up before. */
async function firstSettings(session: http2.ClientHttp2Session, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onSettings = (): void => resolve();
  const onClose = (): void => reject(new Error('No SETTINGS of HTTP/2'));
  const timer = setTimeout(() => session.destroy(), timeoutMs);
  session.once('remoteSettings', onSettings).once('close', onClose);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    session.off('remoteSettings', onSettings).off('close', onClose);
  }
}

function limitOf({ maxConcurrentStreams = 100 }: http2.Settings): number {
  const used = Math.floor(maxConcurrentStreams * usedShare);
  return maxConcurrentStreams === 0 ? 0 : Math.min(maxStreams, Math.max(1, used));
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function ignore(): void {
  // `close` follows, and decides.
}
