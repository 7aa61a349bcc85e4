import type { Lane, ProviderContext } from '@carillon/core';
import type { Resend } from '@carillon/sending';
import type { ConnectionFault } from '../answers/answer-row.ts';
import { Connection } from './connection.ts';
import type { ConnectionEvents, ConnectionOptions } from './connection.ts';
import type { ProviderToken } from '../credentials/provider-token.ts';
import type { ApnsRequest } from '../payload/request.ts';
import { judge } from '../answers/verdict.ts';
import type { Verdict } from '../answers/verdict.ts';

export interface SenderTimes extends Pick<
  ConnectionOptions,
  'connectTimeoutMs' | 'pingAfterMs' | 'pongWithinMs'
> {
  /** How long APNs may take to answer one request. */
  readonly requestTimeoutMs: number;
  /** How long a send may take with all its waits and its second try. */
  readonly sendTimeoutMs: number;
}

/** Below the 15 s that a send may take; node-apn's 5 s are short for a request that waits for a free stream. */
export const usualTimes: SenderTimes = {
  connectTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  sendTimeoutMs: 14_000,
  pingAfterMs: 60_000,
  pongWithinMs: 10_000,
};

export interface SenderOptions extends Pick<ConnectionOptions, 'destination' | 'production'> {
  /** Undefined with a client certificate. */
  readonly token: ProviderToken | undefined;
  readonly times: SenderTimes;
  readonly events: ConnectionEvents;
  readonly now: ProviderContext['now'];
}

interface Try {
  readonly verdict: Verdict;
  /** What was used; undefined if it did not come to that. */
  readonly connection: Connection | undefined;
  readonly authorization: string | undefined;
}

/** Less is not worth a second try. */
const shortestTryMs = 1_000;
/** Connections that one try waits for, when they close before they let it in. */
const maxConnectionsPerTry = 3;

/**
 * Sends requests over one connection at a time, and replaces it when it is spoilt. What the table of answers calls
 * worth it is sent once more.
 */
export class Sender {
  readonly #options: SenderOptions;
  #current: Connection | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Rejects only for errors of our own. */
  async send(request: ApnsRequest, lane: Lane): Promise<Verdict> {
    const deadline = performance.now() + this.#options.times.sendTimeoutMs;
    const first = await this.#try(request, lane, deadline);
    const { resend } = first.verdict.row;
    if (resend === undefined || deadline - performance.now() < shortestTryMs) return first.verdict;
    this.#prepare(resend, first);
    return (await this.#try(request, lane, deadline)).verdict;
  }

  /** The connection ends when what is in flight has ended. */
  close(): void {
    this.#current?.leave('shutdown', 'the process stops, or its app has new settings');
  }

  async #try(request: ApnsRequest, lane: Lane, deadline: number): Promise<Try> {
    const { token, times, now } = this.#options;
    const connection = this.#enterNow() ?? (await this.#enter(lane, deadline));
    if (typeof connection === 'string')
      return {
        verdict: judge({ fault: connection }, undefined, now()),
        connection: undefined,
        authorization: undefined,
      };
    const authorization = token?.authorization;
    const exchange = await connection.exchange(request.token, {
      headers:
        authorization === undefined ? request.headers : [...request.headers, 'authorization', authorization],
      body: request.body,
      timeoutMs: Math.min(times.requestTimeoutMs, Math.max(deadline - performance.now(), 1)),
    });
    return { verdict: judge(exchange, connection.goawayReason, now()), connection, authorization };
  }

  /** The usual case: there is a connection with a free stream. */
  #enterNow(): Connection | undefined {
    return this.#current?.tryEnter() === true ? this.#current : undefined;
  }

  /** A connection with a stream that is ours, or why there is none. */
  async #enter(lane: Lane, deadline: number): Promise<Connection | ConnectionFault> {
    for (let count = 0; count < maxConnectionsPerTry; count += 1) {
      if (this.#current?.takesRequests !== true) this.#current = new Connection(this.#connectionOptions);
      const connection = this.#current;
      const entered = await connection.enter(lane, deadline - performance.now());
      if (entered === 'entered') return connection;
      if (entered === 'too_late') return 'no_free_stream';
      if (connection.fault !== undefined) return connection.fault;
    }
    return 'never_sent';
  }

  #prepare(resend: Resend, { connection, authorization, verdict }: Try): void {
    const { token } = this.#options;
    switch (resend) {
      case 'at_once':
        return;
      case 'new_token':
        if (authorization !== undefined) token?.renew(authorization);
        break;
      case 'older_token':
        if (authorization !== undefined) token?.withdraw(authorization);
        break;
      case 'new_connection':
        break;
      default:
        resend satisfies never;
    }
    connection?.leave('error', verdict.row.reason);
  }

  get #connectionOptions(): ConnectionOptions {
    const { destination, production, times, events } = this.#options;
    return { ...times, destination, production, events };
  }
}
