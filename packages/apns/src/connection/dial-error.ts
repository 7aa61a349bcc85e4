import type { ConnectionFault } from '../answers/other-answers.ts';

/** Why there is no connection. */
export class DialError extends Error {
  readonly fault: ConnectionFault;
  /** A word for the log, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(fault: ConnectionFault, code: string) {
    super(`${fault}: ${code}`);
    this.name = 'DialError';
    this.fault = fault;
    this.code = code;
  }
}
