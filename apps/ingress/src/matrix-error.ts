/** The standard error body of Matrix (Client-Server API, "Standard error response"). */
export interface MatrixError {
  readonly status: number;
  readonly errcode: string;
  /** For the person who reads the homeserver's log. Never quotes the request and never shows our internals. */
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only with `M_LIMIT_EXCEEDED`. */
  readonly retryAfterMs?: number;
}

/** Carries a `MatrixError` out of a handler. */
export class HttpProblem extends Error {
  readonly answer: MatrixError;

  constructor(answer: MatrixError, options?: ErrorOptions) {
    super(answer.error, options);
    this.name = 'HttpProblem';
    this.answer = answer;
  }
}

export function matrixErrorBody({ errcode, error, retryAfterMs }: MatrixError): string {
  return JSON.stringify({
    errcode,
    error,
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  });
}

export const notJson = (error: string): MatrixError => ({ status: 400, errcode: 'M_NOT_JSON', error });
export const tooLarge = (error: string): MatrixError => ({ status: 413, errcode: 'M_TOO_LARGE', error });

export const badRequest: MatrixError = {
  status: 400,
  errcode: 'M_UNKNOWN',
  error: 'The request is not HTTP/1.1',
};
/** Nobody reads this one: the client has gone in the middle of its body. */
export const cutShort: MatrixError = { status: 400, errcode: 'M_UNKNOWN', error: 'The body ended too early' };
export const headTooLarge: MatrixError = {
  status: 431,
  errcode: 'M_TOO_LARGE',
  error: 'The headers are too large',
};
export const expectationFailed: MatrixError = {
  status: 417,
  errcode: 'M_UNKNOWN',
  error: 'That expectation is not met',
};
export const missingHost: MatrixError = {
  status: 400,
  errcode: 'M_UNKNOWN',
  error: 'The Host header is missing',
};
export const tooSlow: MatrixError = {
  status: 408,
  errcode: 'M_UNKNOWN',
  error: 'The request took too long to arrive',
};
export const unrecognized: MatrixError = {
  status: 404,
  errcode: 'M_UNRECOGNIZED',
  error: 'Unrecognized request',
};
export const unsupportedEncoding: MatrixError = {
  status: 415,
  errcode: 'M_UNKNOWN',
  error: 'A content encoding is not supported; send the JSON as it is',
};

export function wrongMethod(allowed: readonly string[]): MatrixError {
  return {
    status: 405,
    errcode: 'M_UNRECOGNIZED',
    error: 'This path does not take that method',
    headers: { allow: allowed.join(', ') },
  };
}

/** The homeserver comes again; Synapse after a second, without regard to the header. */
export const queueUnavailable: MatrixError = {
  status: 503,
  errcode: 'M_UNKNOWN',
  error: 'The push gateway cannot reach its queue. Nothing was promised; try again',
  headers: { 'retry-after': '1' },
};

/** Requests under way take all the memory that they may. */
export const busy: MatrixError = {
  status: 503,
  errcode: 'M_UNKNOWN',
  error: 'The push gateway has too many requests under way. Nothing was promised; try again',
  headers: { 'retry-after': '1' },
};

/** Workers need minutes to make room. */
export const backlogFull: MatrixError = {
  status: 503,
  errcode: 'M_UNKNOWN',
  error: 'Too many pushes of this app are waiting. Nothing was promised; try again later',
  headers: { 'retry-after': '30' },
};

export const limitExceeded: MatrixError = {
  status: 429,
  errcode: 'M_LIMIT_EXCEEDED',
  error: 'Too many requests',
  headers: { 'retry-after': '1' },
  retryAfterMs: 1_000,
};

/** What a fault of ours says to the outside: nothing. The log has the rest. */
export const internalError: MatrixError = { status: 500, errcode: 'M_UNKNOWN', error: 'Internal error' };
