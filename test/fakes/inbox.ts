/** What arrived, for tests that wait for it instead of sleeping. */
export class Inbox<Item> {
  readonly received: Item[] = [];
  /** Not handed out yet. */
  readonly #fresh: Item[] = [];
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
      waiter.resolve(item);
      return;
    }
    this.#fresh.push(item);
  }

  /** The first item, past or future, that matches and was not handed out before. */
  next(matches: (item: Item) => boolean = () => true): Promise<Item> {
    const past = this.#fresh.findIndex(matches);
    const [item] = past === -1 ? [] : this.#fresh.splice(past, 1);
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => this.#waiting.add({ matches, resolve, reject }));
  }

  /** Ends every wait with an error, so that a test fails at once instead of by its timeout. */
  close(): void {
    for (const waiter of this.#waiting) waiter.reject(new Error('The fake was closed before that arrived'));
    this.#waiting.clear();
  }
}
