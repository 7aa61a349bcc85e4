/** What arrived, for tests that wait for it instead of sleeping. */
export class Inbox<Item> {
  readonly received: Item[] = [];
  #handedOut = 0;
  readonly #waiting: { readonly resolve: (item: Item) => void; readonly reject: (error: Error) => void }[] =
    [];

  put(item: Item): void {
    this.received.push(item);
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return;
    this.#handedOut += 1;
    waiter.resolve(item);
  }

  /** The oldest item, past or future, that was not handed out before. */
  next(): Promise<Item> {
    const past = this.received[this.#handedOut];
    if (past !== undefined) {
      this.#handedOut += 1;
      return Promise.resolve(past);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** Ends every wait with an error, so that a test fails at once instead of by its timeout. */
  close(): void {
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error('The fake was closed before that arrived'));
  }
}
