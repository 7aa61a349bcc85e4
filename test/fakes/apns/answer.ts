/** What the stand-in does with a notification that passed its checks. Plain JSON, so that a line of text can carry it. */
export type Answer =
  /** An ordinary answer. `body` is sent as it is and wins over `reason`; an empty one is an empty body. */
  | {
      readonly status: number;
      readonly reason?: string;
      /** Milliseconds since 1970, with status 410: when the token was last known to be good. */
      readonly timestamp?: number;
      readonly headers?: Readonly<Record<string, string | number>>;
      readonly body?: string;
    }
  /** RST_STREAM with this HTTP/2 error code. */
  | { readonly reset: number }
  /** Nothing, ever. */
  | { readonly hang: true }
  /** The TCP connection ends without a GOAWAY. */
  | { readonly disconnect: true };

/** A notification as it arrived. */
export class ReceivedRequest {
  /** The device token of the path. */
  readonly token: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as sent. */
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** 1 for the first request of this token. */
  readonly attempt: number;
  /** The connection it came over: 1 for the first. */
  readonly connection: number;
  #payload: unknown;

  constructor(fields: Pick<ReceivedRequest, 'token' | 'headers' | 'body' | 'at' | 'attempt' | 'connection'>) {
    this.token = fields.token;
    this.headers = fields.headers;
    this.body = fields.body;
    this.at = fields.at;
    this.attempt = fields.attempt;
    this.connection = fields.connection;
  }

  /** The body as JSON. Throws if it is none. */
  get payload(): unknown {
    this.#payload ??= JSON.parse(this.body);
    return this.#payload;
  }
}

/** Decides an answer; undefined means 200. */
export type Decide = (request: ReceivedRequest) => Answer | undefined | Promise<Answer | undefined>;
