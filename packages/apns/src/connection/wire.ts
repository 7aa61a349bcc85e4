import type { ConnectionFault } from '../answers/answer-row.ts';

/** What node-apn's `write` carries to `request`. */
export interface OutgoingNotification {
  /** Names and values in turn, without pseudo headers. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly timeoutMs: number;
}

/** What came of a request: an answer, whatever it says, or why there is none. */
export type Exchange =
  | {
      readonly status: number;
      readonly apnsId: string | undefined;
      readonly retryAfter: string | undefined;
      /** The time by the server's clock, where it says it. */
      readonly date: string | undefined;
      /** Empty, JSON or anything; cut at `maxBodyLength`. */
      readonly body: string;
    }
  | { readonly fault: ConnectionFault };

/** What a connection and its requests tell each other. */
export interface Wire {
  /** Grows with each sign of life from the other side. */
  heard: number;
  /** Answers to requests, good or bad. */
  answers: number;
  goaway: { readonly lastStreamId: number; readonly code: number } | undefined;
  /** Why the connection broke, where that is known. */
  lostBy: ConnectionFault | undefined;
  /** A request had no answer in time; `heardBefore` is `heard` when it was sent. */
  onTimeout(heardBefore: number): void;
}
