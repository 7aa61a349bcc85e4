/** What a handler sees of a request. */
export interface Request {
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** The body, which must be a JSON object; throws a `MatrixError` when it is not. */
  json(): Readonly<Record<string, unknown>>;
}

/** Returns the body of a 200, or throws a `MatrixError`. */
export type Handler = (request: Request) => object | Promise<object>;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handle: Handler;
}
