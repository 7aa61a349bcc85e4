import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Refusal } from './checks.ts';
import type { TokenVerdict } from './provider-token.ts';

const twentyMinutes = 1_200;

export interface Goaway {
  /** HTTP/2 error code; 0, the default, lets a client finish what it has in flight. */
  readonly code?: number;
  /**
   * How many of the youngest open streams lie above the last-stream-id: they were not processed. The very first
   * stream of a connection counts as processed all the same, since Node cannot send a last-stream-id of 0.
   */
  readonly unprocessed?: number;
  /** Sent as JSON in the frame's debug data. */
  readonly reason?: string;
}

/**
 * One client connection: its stream limit, the provider tokens that came over it, and its open streams.
 *
 * limit 1 ── first request with a valid token, or a client certificate ──► full limit
 * full limit ── `dropLimit` after an error answer ──► limit 1 ── `raiseLimit` after an accepted one ──► full limit
 */
export class Connection {
  /** 1 for the first connection of the server. */
  readonly number: number;
  readonly session: ServerHttp2Session;
  /** Whether the client showed a certificate that we signed; its provider tokens are ignored then. */
  readonly hasCertificate: boolean;
  readonly #raw: Socket | undefined;
  readonly #fullLimit: number;
  readonly #open = new Set<ServerHttp2Stream>();
  #welcome = false;
  #leaving = false;
  #limit = 1;
  #keyId: string | undefined;
  #token: { readonly text: string; readonly issuedAt: number } | undefined;

  constructor(number: number, session: ServerHttp2Session, raw: Socket | undefined, fullLimit: number) {
    this.number = number;
    this.session = session;
    this.#raw = raw;
    this.#fullLimit = fullLimit;
    this.hasCertificate = (session.socket as TLSSocket).authorized;
    if (this.hasCertificate) this.welcome();
  }

  add(stream: ServerHttp2Stream): void {
    this.#open.add(stream);
  }

  remove(stream: ServerHttp2Stream): void {
    this.#open.delete(stream);
    if (this.#leaving && this.#open.size === 0) this.session.close();
  }

  /** What this connection has against a token that is good by itself; undefined if nothing. */
  checkToken(text: string, token: TokenVerdict & { ok: true }): Refusal | undefined {
    if (this.#token?.text === text) return undefined;
    this.#keyId ??= token.keyId;
    if (this.#keyId !== token.keyId) return { status: 403, reason: 'UnrelatedKeyIdInToken' };
    if (this.#token !== undefined && Math.abs(token.issuedAt - this.#token.issuedAt) < twentyMinutes)
      return { status: 429, reason: 'TooManyProviderTokenUpdates' };
    this.#token = { text, issuedAt: token.issuedAt };
    return undefined;
  }

  /** The client is known: raises the limit, once. */
  welcome(): void {
    if (this.#welcome) return;
    this.#welcome = true;
    this.raiseLimit();
  }

  raiseLimit(): void {
    this.#setLimit(this.#fullLimit);
  }

  dropLimit(): void {
    this.#setLimit(1);
  }

  /** The connection ends when what it processed is answered. */
  goaway({ code = 0, unprocessed = 0, reason }: Goaway): void {
    const ids = [...this.#open].map((stream) => stream.id ?? 0).toSorted((a, b) => b - a);
    // 0 is Node's word for "the last one that was processed". A client's streams have odd numbers.
    const oldestUnprocessed = ids[Math.min(unprocessed, ids.length) - 1];
    const lastStreamId = oldestUnprocessed === undefined ? 0 : Math.max(oldestUnprocessed - 2, 1);
    const debugData = reason === undefined ? undefined : Buffer.from(JSON.stringify({ reason }));
    if (this.session.destroyed) return;
    this.#leaving = true;
    this.session.goaway(code, lastStreamId, debugData);
    if (ids.length === 0) this.session.close();
  }

  /** Ends the TCP connection with no word of HTTP/2. */
  disconnect(): void {
    this.#raw?.destroy();
  }

  #setLimit(limit: number): void {
    if (this.#limit === limit || this.session.destroyed) return;
    this.#limit = limit;
    this.session.settings({ maxConcurrentStreams: limit });
  }
}
