import { exits, type Exit } from './exits.ts';

/**
 * Trouble that the operator can end: told as one line with its cure, without a stack. Anything else that is
 * thrown counts as a mistake of ours.
 */
export class OperatorError extends Error {
  /** What to do about it, as a clause: `stop the other program or choose another port`. */
  readonly cure: string;
  readonly exit: Exit;

  constructor(message: string, { cure, exit, ...options }: OperatorErrorOptions) {
    super(message, options);
    this.name = 'OperatorError';
    this.cure = cure;
    this.exit = exit;
  }

  get exitCode(): number {
    return exits[this.exit].code;
  }

  /** What the operator reads, a line each. */
  get lines(): readonly string[] {
    return [`${this.message}: ${this.cure}`];
  }
}

export interface OperatorErrorOptions extends ErrorOptions {
  readonly cure: string;
  readonly exit: Exit;
}
