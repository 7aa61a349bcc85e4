/** One send, as the wire needs it. */
export interface SendRequest {
  readonly path: string;
  /** `Bearer …`. */
  readonly authorization: string;
  /** JSON. */
  readonly body: string;
}

/** What came of one send on one connection. */
export type Reply =
  | Answer
  | { readonly kind: 'fault'; readonly fault: 'timeout' | 'connection_reset' }
  /** The peer surely never looked at it: it may be sent again at once. */
  | { readonly kind: 'unprocessed' };

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfter: string | undefined;
  /** The `Date` header. */
  readonly date: string | undefined;
  readonly body: string;
}
