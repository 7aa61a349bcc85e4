/** What arrived, for tests that wait for it instead of sleeping. */
export class Inbox<Item> {
  readonly received: Item[] = [];
  readonly #handedOut = new Set<Item>();
  readonly #waiting = new Set<{
    readonly matches: (item: Item) => boolean;
    readonly resolve: (item: Item) => void;
    readonly reject: (error: Error) => void;
  }>();

  put(item: Item): void {
    this.received.push(item);
    for (const waiter of this.#waiting) {
      if (!waiter.matches(item)) continue;
      this.#waiting.delete(waiter);
      this.#handedOut.add(item);
      waiter.resolve(item);
      return;
    }
  }

  /** The first item, past or future, that matches and was not handed out before. */
  next(matches: (item: Item) => boolean): Promise<Item> {
    const past = this.received.find((item) => !this.#handedOut.has(item) && matches(item));
    if (past !== undefined) {
      this.#handedOut.add(past);
      return Promise.resolve(past);
    }
    return new Promise((resolve, reject) => this.#waiting.add({ matches, resolve, reject }));
  }

  /** Ends every wait with an error, so that a test fails at once instead of by its timeout. */
  close(): void {
    for (const waiter of this.#waiting) waiter.reject(new Error('The fake was closed before that arrived'));
    this.#waiting.clear();
  }
}
