import { OperatorError } from '@carillon/runtime';

/** The demo did not see what it promises to show. */
export class DemoError extends OperatorError {
  constructor(message: string) {
    super(message, {
      cure: 'that is a fault of Carillon or of a machine that is far too busy; please report it with the lines above',
      exit: 'failure',
    });
    this.name = 'DemoError';
  }
}

/** One of the demo's processes ended by itself. Tells its last words. */
export class ChildDiedError extends OperatorError {
  readonly #lastLines: readonly string[];

  constructor(name: string, how: string, lastLines: readonly string[]) {
    super(`${name} ended unexpectedly (${how})`, {
      cure: lastLines.length === 0 ? 'it left no word' : 'its last lines follow',
      exit: 'failure',
    });
    this.name = 'ChildDiedError';
    this.#lastLines = lastLines;
  }

  override get lines(): readonly string[] {
    return [...super.lines, ...this.#lastLines.map((line) => `  ${line}`)];
  }
}
