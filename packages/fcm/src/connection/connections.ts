import type net from 'node:net';
import type tls from 'node:tls';
import { DialError } from '@carillon/sending';
import type { DialFault } from '@carillon/sending';
import type { Dial } from './dial.ts';
import { Http1Connections } from './http1-connections.ts';
import { Http2Connection } from './http2-connection.ts';
import type { ConnectionEnd } from './http2-connection.ts';
import type { Answer, Reply, SendRequest } from './reply.ts';

/** What came of one send. */
type SendResult = Answer | { readonly kind: 'fault'; readonly fault: SendFault };

type SendFault = DialFault | 'no_connection' | 'timeout' | 'connection_reset' | 'shutdown';

export interface Connections {
  /** Sends one request within `timeoutMs`. Never rejects. */
  post(request: SendRequest, timeoutMs: number): Promise<SendResult>;
  /** Takes nothing more, lets what is in flight end, closes. */
  close(): Promise<void>;
}

export interface ConnectionsOptions {
  readonly origin: URL;
  readonly dial: Dial;
  readonly timing: ConnectionTiming;
  onOpened(): void;
  onClosed(reason: ConnectionEnd): void;
  onDialFailed(error: DialError): void;
}

export interface ConnectionTiming {
  /** TCP, proxy, TLS and the first SETTINGS. */
  readonly connectTimeoutMs: number;
  /** How often idle connections are looked at. */
  readonly sweepMs: number;
  /** Google counts pings more often than each few minutes as an attack (GOAWAY `too_many_pings`). */
  readonly pingAfterIdleMs: number;
  readonly pingTimeoutMs: number;
}

export const connectionTiming: ConnectionTiming = {
  connectTimeoutMs: 8_000,
  sweepMs: 60_000,
  pingAfterIdleMs: 300_000,
  pingTimeoutMs: 10_000,
};

/** Ten of 90 streams each are more than a worker has in flight. */
const maxConnections = 10;
/** What a connection will probably take; its SETTINGS may say less. */
const streamsExpected = 90;
/** How often one send goes out anew after the peer said that it did not look at it. */
const maxResends = 3;

/**
 * What the origin speaks; found out by the first connection and remembered.
 *
 *   TLS     `unknown` → ALPN says → `h2` or `http/1.1`
 *   plain   `http/1.1` at first, since every plain server speaks it and none is confused by it; a peer that greets
 *           in HTTP/2 → `h2` by prior knowledge. Only stand-ins are plain.
 *
 * A connection that is not what was remembered makes it `unknown` again, so that a stand-in may change.
 */
type Protocol = 'unknown' | 'h2' | 'http/1.1';

interface Job {
  readonly request: SendRequest;
  readonly deadline: number;
  readonly resolve: (result: SendResult) => void;
  resends: number;
  /** Runs while it waits for a connection. */
  timer?: NodeJS.Timeout;
}

/** A few long-lived connections to one origin, opened as the number of sends in flight demands. */
export function createConnections(options: ConnectionsOptions): Connections {
  return new Pool(options);
}

class Pool implements Connections {
  readonly #options: ConnectionsOptions;
  readonly #http1: Http1Connections;
  /** Those that take sends. */
  readonly #open: Http2Connection[] = [];
  /** All that have a socket: also ended ones whose last streams are still under way. */
  readonly #connections = new Set<Http2Connection>();
  readonly #openings = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #waiting: Job[] = [];
  readonly #sweep: NodeJS.Timeout;
  #protocol: Protocol;
  #active = 0;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#protocol = initialProtocol(options.origin);
    this.#http1 = new Http1Connections(options.origin, () => this.#dialHttp1());
    this.#sweep = setInterval(() => this.#sweepIdle(), options.timing.sweepMs);
    this.#sweep.unref();
  }

  post(request: SendRequest, timeoutMs: number): Promise<SendResult> {
    if (this.#closing !== undefined) return Promise.resolve({ kind: 'fault', fault: 'shutdown' });
    this.#active += 1;
    return new Promise((resolve) => {
      this.#start({
        request,
        deadline: performance.now() + timeoutMs,
        resends: 0,
        resolve: (result) => {
          this.#active -= 1;
          resolve(result);
          if (this.#active === 0) this.#drained?.();
        },
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#sweep);
      for (const job of this.#takeWaiting()) job.resolve({ kind: 'fault', fault: 'shutdown' });
      if (this.#active > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
      this.#stop.abort();
      await Promise.all(this.#openings);
      this.#http1.close();
      await Promise.all([...this.#connections].map((connection) => connection.leave('shutdown')));
    })();
    return this.#closing;
  }

  #start(job: Job): void {
    if (this.#protocol === 'http/1.1') {
      void this.#postHttp1(job); // settles the job, and never rejects
      return;
    }
    const connection = this.#open.find(({ room }) => room > 0);
    if (connection !== undefined) {
      this.#sendOn(connection, job);
      return;
    }
    job.timer ??= setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      job.resolve({ kind: 'fault', fault: 'no_connection' });
    }, job.deadline - performance.now());
    this.#waiting.push(job);
    this.#openAsNeeded();
  }

  #sendOn(connection: Http2Connection, job: Job): void {
    stopWaiting(job);
    const left = Math.max(job.deadline - performance.now(), 1);
    connection.send(job.request, left, (reply) => this.#settle(job, reply));
  }

  #settle(job: Job, reply: Reply): void {
    if (reply.kind !== 'unprocessed') job.resolve(reply);
    else if (this.#closing !== undefined) job.resolve({ kind: 'fault', fault: 'shutdown' });
    else if (job.resends >= maxResends) job.resolve({ kind: 'fault', fault: 'no_connection' });
    else {
      job.resends += 1;
      this.#start(job);
    }
  }

  async #postHttp1(job: Job): Promise<void> {
    const reply = await this.#http1.post(job.request, job.deadline - performance.now());
    if (reply.kind !== 'speaks_http2') {
      // A peer that no longer takes HTTP/1.1 says so in the handshake.
      if (reply.kind === 'fault' && reply.fault === 'tls_failed') this.#protocol = 'unknown';
      if (reply.kind === 'unprocessed') job.resolve({ kind: 'fault', fault: 'connection_reset' });
      else job.resolve(reply);
      return;
    }
    this.#protocol = 'h2';
    this.#settle(job, { kind: 'unprocessed' });
  }

  #takeWaiting(): readonly Job[] {
    const jobs = this.#waiting.splice(0);
    for (const job of jobs) stopWaiting(job);
    return jobs;
  }

  #drainWaiting(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#open.find(({ room }) => room > 0);
      if (connection === undefined) break;
      const job = this.#waiting.shift();
      if (job !== undefined) this.#sendOn(connection, job);
    }
    if (this.#waiting.length > 0) this.#openAsNeeded();
  }

  #openAsNeeded(): void {
    while (
      this.#openings.size * streamsExpected < this.#waiting.length &&
      this.#open.length + this.#openings.size < maxConnections
    ) {
      // The first one tells what the peer speaks and how many streams it takes; until then one is enough.
      if (this.#open.length === 0 && this.#openings.size > 0) return;
      const opening: Promise<void> = this.#openOne().then((failure) => {
        this.#openings.delete(opening);
        return this.#afterOpening(failure);
      });
      this.#openings.add(opening);
    }
  }

  /** Resolves with what went wrong, if anything did. */
  async #openOne(): Promise<DialFault | undefined> {
    const { origin, timing } = this.#options;
    try {
      const socket = await this.#dial(['h2', 'http/1.1'], this.#stop.signal);
      if (origin.protocol === 'https:' && !speaksHttp2(socket)) {
        this.#protocol = 'http/1.1';
        socket.destroy();
        return undefined;
      }
      const connection: Http2Connection = await Http2Connection.open(
        origin,
        socket,
        {
          onRoom: () => this.#drainWaiting(),
          onEnd: (reason) => this.#ended(connection, reason),
          onClosed: () => this.#connections.delete(connection),
        },
        timing.connectTimeoutMs,
      );
      this.#protocol = 'h2';
      this.#open.push(connection);
      this.#connections.add(connection);
      this.#options.onOpened();
      return undefined;
    } catch (error) {
      this.#protocol = initialProtocol(origin);
      return error instanceof DialError ? error.fault : 'connect_failed';
    }
  }

  #afterOpening(failure: DialFault | undefined): void {
    if (this.#closing !== undefined) return;
    if (failure !== undefined) {
      if (this.#open.length > 0 || this.#openings.size > 0) return;
      for (const job of this.#takeWaiting()) job.resolve({ kind: 'fault', fault: failure });
    } else if (this.#protocol === 'http/1.1') {
      for (const job of this.#takeWaiting()) this.#start(job);
    } else this.#drainWaiting();
  }

  #ended(connection: Http2Connection, reason: ConnectionEnd): void {
    const at = this.#open.indexOf(connection);
    if (at !== -1) this.#open.splice(at, 1);
    this.#options.onClosed(reason);
  }

  async #dial(alpn: readonly string[], signal?: AbortSignal): Promise<net.Socket> {
    const { origin, dial, timing } = this.#options;
    try {
      return await dial(origin, alpn, {
        timeoutMs: timing.connectTimeoutMs,
        ...(signal !== undefined && { signal }),
      });
    } catch (error) {
      if (error instanceof DialError && signal?.aborted !== true) this.#options.onDialFailed(error);
      throw error;
    }
  }

  async #dialHttp1(): Promise<net.Socket> {
    const socket = await this.#dial(['http/1.1']);
    this.#options.onOpened();
    socket.once('close', () => this.#options.onClosed(this.#closing === undefined ? 'idle' : 'shutdown'));
    return socket;
  }

  /** Keeps one idle connection alive, so that the next message does not wait for a handshake; lets others go. */
  #sweepIdle(): void {
    const { pingAfterIdleMs, pingTimeoutMs } = this.#options.timing;
    for (const connection of [...this.#open].toReversed()) {
      if (connection.idleMs < pingAfterIdleMs) continue;
      if (this.#open.length > 1) void connection.leave('idle');
      else connection.ping(pingTimeoutMs);
    }
  }
}

function stopWaiting(job: Job): void {
  clearTimeout(job.timer);
  delete job.timer;
}

function initialProtocol(origin: URL): Protocol {
  return origin.protocol === 'https:' ? 'unknown' : 'http/1.1';
}

function speaksHttp2(socket: net.Socket): boolean {
  return (socket as Partial<tls.TLSSocket>).alpnProtocol === 'h2';
}
