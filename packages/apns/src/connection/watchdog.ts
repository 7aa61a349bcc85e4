import type { ClientHttp2Session } from 'node:http2';
import type { Wire } from './wire.ts';

export interface WatchdogTimes {
  /** A connection that has said nothing for so long is asked whether it lives. */
  readonly pingAfterMs: number;
  /** How long it may take to answer that. */
  readonly pongWithinMs: number;
}

/**
 * Guard: node-apn keeps a connection for ever whose other side has vanished without a word (a firewall that forgot
 * it, a host that froze). A connection is frozen when a request times out and nothing was heard since it was sent,
 * or when a PING goes unanswered. `onFrozen` is called once.
 */
export class Watchdog {
  readonly #session: ClientHttp2Session;
  readonly #wire: Wire;
  readonly #onFrozen: () => void;
  readonly #patrol: NodeJS.Timeout;
  #pong: NodeJS.Timeout | undefined;
  #heard = 0;

  constructor(session: ClientHttp2Session, wire: Wire, times: WatchdogTimes, onFrozen: () => void) {
    this.#session = session;
    this.#wire = wire;
    this.#onFrozen = onFrozen;
    this.#patrol = setInterval(() => this.#look(times.pongWithinMs), times.pingAfterMs).unref();
  }

  requestTimedOut(heardBefore: number): void {
    if (this.#wire.heard === heardBefore) this.#frozen();
  }

  stop(): void {
    clearInterval(this.#patrol);
    clearTimeout(this.#pong);
  }

  #look(pongWithinMs: number): void {
    const quiet = this.#wire.heard === this.#heard;
    this.#heard = this.#wire.heard;
    if (!quiet || this.#pong !== undefined || this.#session.destroyed) return;
    this.#pong = setTimeout(() => this.#frozen(), pongWithinMs).unref();
    this.#session.ping((error) => {
      clearTimeout(this.#pong);
      this.#pong = undefined;
      if (error === null) this.#wire.heard += 1;
    });
  }

  #frozen(): void {
    this.stop();
    this.#onFrozen();
  }
}
