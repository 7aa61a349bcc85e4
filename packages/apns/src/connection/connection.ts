import type { Lane } from '@carillon/core';
import type { ClientHttp2Session, Settings } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { DialError } from '@carillon/sending';
import { isAppleReason } from '../answers/apple-reasons.ts';
import type { ConnectionFault } from '../answers/answer-row.ts';
import { dial, faultOf, isCertificateAlert } from './dial.ts';
import type { Destination } from './dial.ts';
import { answerWhole } from './exchange.ts';
import type { Exchange, OutgoingNotification, Wire } from './wire.ts';
import { closeGently } from './gentle-close.ts';
import { createNodeApnClient } from './node-apn.ts';
import type { NodeApnClient } from './node-apn.ts';
import { StreamGate } from './stream-gate.ts';
import type { Entered } from './stream-gate.ts';
import { Watchdog } from './watchdog.ts';
import type { WatchdogTimes } from './watchdog.ts';

export interface ConnectionOptions extends WatchdogTimes {
  readonly destination: Destination;
  readonly production: boolean;
  readonly connectTimeoutMs: number;
  readonly events: ConnectionEvents;
}

/** Why a connection ended: values of a metric label. */
export type EndReason = 'goaway' | 'error' | 'timeout' | 'idle' | 'shutdown';

export interface ConnectionEvents {
  opened(): void;
  /** The connection takes no new requests any more; `detail` is a word for the log. */
  leaving(reason: EndReason, detail: string): void;
  /** Follows `opened`, once. */
  closed(reason: EndReason): void;
  failed(fault: ConnectionFault, code: string): void;
}

/**
 * One connection to APNs: a client of node-apn that is used for one HTTP/2 session and then dropped, so that
 * nothing of a session that went wrong lives on in the next.
 *
 *   connecting ── TLS and HTTP/2 stand ──► warming: one request at a time, as APNs wants until it knows us
 *   connecting ── no way ──► closed, `fault` says why
 *   warming ── an answer, or a limit that is raised ──► open: nine tenths of the streams the other side allows
 *   warming, open ── GOAWAY, `leave`, the session closes ──► leaving: nothing new, what is in flight ends
 *   warming, open, leaving ── frozen, connection lost, nothing in flight any more ──► closed
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #gate = new StreamGate();
  readonly #wire: Wire = {
    heard: 0,
    answers: 0,
    goaway: undefined,
    lostBy: undefined,
    onTimeout: (heardBefore) => this.#watchdog?.requestTimedOut(heardBefore),
  };
  #state: 'connecting' | 'warming' | 'open' | 'leaving' | 'closed' = 'connecting';
  #client: NodeApnClient | undefined;
  #socket: TLSSocket | undefined;
  #watchdog: Watchdog | undefined;
  #endReason: EndReason | undefined;
  #fault: ConnectionFault | undefined;
  #goawayReason: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    void this.#open(); // settles without an error, and tells by the gate
  }

  /** Whether it is worth waiting for. */
  get takesRequests(): boolean {
    return this.#state === 'connecting' || this.#state === 'warming' || this.#state === 'open';
  }

  /** Why it never opened; undefined if it did. */
  get fault(): ConnectionFault | undefined {
    return this.#fault;
  }

  /** What APNs said with its GOAWAY, if it was one of the reasons it has. */
  get goawayReason(): string | undefined {
    return this.#goawayReason;
  }

  /** True if a request may be sent at once; `exchange` has to follow. */
  tryEnter(): boolean {
    return this.#gate.tryEnter();
  }

  /** Waits for a free stream. After `entered`, `exchange` has to follow; after `shut` there will never be one. */
  enter(lane: Lane, waitMs: number): Promise<Entered> {
    return this.#gate.enter(lane, waitMs);
  }

  /** Sends one notification. Rejects only for errors of our own. */
  async exchange(token: string, notification: OutgoingNotification): Promise<Exchange> {
    try {
      const client = this.#client;
      // The gate lets nobody in before there is a session. One that has just ended says so only later, and
      // node-apn would start another in its place.
      if (client?.session === undefined || client.session.closed || client.session.destroyed) {
        this.leave('error', 'the session has ended');
        return { fault: this.#wire.lostBy ?? 'never_sent' };
      }
      return await client.write(notification, token, 'device', 'post');
    } finally {
      if (this.#wire.answers > 0) this.#warmedUp();
      this.#gate.leave();
      if (this.#state === 'leaving' && this.#gate.used === 0) this.#end();
    }
  }

  /** Takes no new requests; what is in flight ends in peace, then the connection does. */
  leave(reason: EndReason, detail: string): void {
    if (!this.takesRequests) return;
    this.#state = 'leaving';
    this.#endReason ??= reason;
    this.#options.events.leaving(reason, detail);
    this.#gate.shut();
    if (this.#gate.used === 0) this.#end();
  }

  async #open(): Promise<void> {
    const { destination, production, connectTimeoutMs, events } = this.#options;
    try {
      const socket = await dial(destination, connectTimeoutMs);
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (isCertificateAlert(error.code ?? '')) this.#wire.lostBy = 'client_certificate_refused';
      });
      if (!this.takesRequests) return void socket.destroy(); // left before it stood
      this.#socket = socket;
      const client = await createNodeApnClient({ production, authority: authorityOf(destination), socket });
      closeGently(client);
      answerWhole(client, this.#wire);
      if (client.session === undefined) throw new Error('node-apn connected and has no session');
      this.#client = client;
      this.#watch(client.session);
      this.#state = 'warming';
      events.opened();
      this.#gate.setLimit(1);
    } catch (error) {
      this.#state = 'closed';
      this.#fault = error instanceof DialError ? faultOf(error) : 'bug';
      events.failed(this.#fault, error instanceof DialError ? error.code : nameOf(error));
      this.#socket?.destroy();
      this.#gate.shut();
    }
  }

  #watch(session: ClientHttp2Session): void {
    this.#watchdog = new Watchdog(session, this.#wire, this.#options, () => {
      this.leave('timeout', 'nothing was heard from the other side');
      this.#end();
    });
    let settingsSeen = 0;
    session.on('remoteSettings', () => {
      this.#wire.heard += 1;
      settingsSeen += 1;
      // The first ones belong to the connection; later ones tell that the other side knows us now.
      const { maxConcurrentStreams = maxStreams } = session.remoteSettings;
      if (settingsSeen > 1 && maxConcurrentStreams > 1) this.#warmedUp();
      this.#followLimit(session.remoteSettings);
    });
    session.on('goaway', (code: number, lastStreamId: number, debugData?: Uint8Array) => {
      this.#wire.heard += 1;
      // A server may say it twice, the second time with the last stream that it will really process.
      this.#wire.goaway = { code, lastStreamId };
      const reason = reasonOf(debugData);
      if (reason !== undefined && isAppleReason(reason)) this.#goawayReason = reason;
      this.leave('goaway', this.#goawayReason ?? `code ${code}`);
    });
    session.on('close', () => {
      this.leave(this.#gate.used === 0 ? 'idle' : 'error', 'the other side closed it');
      this.#end();
    });
  }

  /** The other side knows us, and its limit is one to go by. */
  #warmedUp(): void {
    if (this.#state !== 'warming') return;
    this.#state = 'open';
    if (this.#client?.session !== undefined) this.#followLimit(this.#client.session.remoteSettings);
  }

  #followLimit({ maxConcurrentStreams = maxStreams }: Settings): void {
    if (this.#state !== 'open') return;
    // At the very limit a new stream may overtake the end of an old one, and is then refused.
    const streams = Math.floor(Math.min(maxConcurrentStreams, maxStreams) * 0.9);
    this.#gate.setLimit(maxConcurrentStreams === 0 ? 0 : Math.max(streams, 1));
  }

  #end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#gate.shut();
    this.#watchdog?.stop();
    const client = this.#client;
    if (client === undefined) return;
    client.session?.destroy();
    void client.shutdown(); // stops its timers
    // A session that closes waits for the other side to do so, which may never happen; and what is left to write
    // to a frozen one may never leave.
    const socket = this.#socket;
    socket?.destroySoon();
    setTimeout(() => socket?.destroy(), lastWordsMs).unref();
    this.#options.events.closed(this.#endReason ?? 'error');
  }
}

/** How long the last frames may take to leave. */
const lastWordsMs = 1_000;
/** Where the other side names no limit. Apple's were between 500 and 1500 over the years. */
const maxStreams = 1000;

/** The name alone for the usual port (RFC 9113, section 8.3.1). */
function authorityOf({ host, port }: Destination): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? name : `${name}:${port}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The reason in a GOAWAY's debug data: JSON as in an error answer, or something else. */
function reasonOf(debugData: Uint8Array | undefined): string | undefined {
  if (debugData === undefined) return undefined;
  const [, reason] = /"reason"\s*:\s*"(\w{1,64})"/.exec(Buffer.from(debugData).toString()) ?? [];
  return reason;
}
