/** An answer that is a standard error of Matrix. */
export class MatrixError extends Error {
  readonly status: number;
  readonly errcode: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    errcode: string,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.errcode = errcode;
    this.more = more;
  }

  get body(): object {
    return { errcode: this.errcode, error: this.message, ...this.more };
  }
}

export const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message);
export const invalidParam = (message: string): MatrixError =>
  new MatrixError(400, 'M_INVALID_PARAM', message);

export function missing(keys: readonly string[]): MatrixError {
  return new MatrixError(400, 'M_MISSING_PARAM', `Missing parameters: ${keys.join(', ')}`);
}
