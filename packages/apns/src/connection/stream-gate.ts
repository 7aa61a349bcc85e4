import type { Lane } from '@carillon/core';

export type Entered = 'entered' | 'too_late' | 'shut';

/**
 * Lets as many requests onto a connection as it allows streams. Who has to wait does so in line, calls before
 * high before low, so that a flood of the low ones keeps no call waiting (invariant 8).
 */
export class StreamGate {
  #limit = 0;
  #used = 0;
  #isShut = false;
  readonly #lines: Readonly<Record<Lane, Waiting[]>> = { calls: [], high: [], low: [] };

  get used(): number {
    return this.#used;
  }

  /** True if there is room at once; then `leave` has to follow. */
  tryEnter(): boolean {
    // Those that wait do so because there was no room: nobody is overtaken here.
    if (this.#isShut || this.#used >= this.#limit) return false;
    this.#used += 1;
    return true;
  }

  enter(lane: Lane, waitMs: number): Promise<Entered> {
    if (this.tryEnter()) return Promise.resolve('entered');
    if (this.#isShut) return Promise.resolve('shut');
    return new Promise((resolve) => {
      const waiting: Waiting = {
        gone: false,
        end(entered) {
          waiting.gone = true;
          clearTimeout(timer);
          resolve(entered);
        },
      };
      const timer = setTimeout(() => waiting.end('too_late'), Math.max(waitMs, 0));
      this.#lines[lane].push(waiting);
    });
  }

  leave(): void {
    this.#used -= 1;
    this.#admit();
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.#admit();
  }

  /** Nobody enters any more; those who wait are told. Those inside stay. */
  shut(): void {
    this.#isShut = true;
    for (const line of Object.values(this.#lines))
      for (const waiting of line.splice(0)) if (!waiting.gone) waiting.end('shut');
  }

  #admit(): void {
    while (!this.#isShut && this.#used < this.#limit) {
      const next = this.#next();
      if (next === undefined) return;
      this.#used += 1;
      next.end('entered');
    }
  }

  #next(): Waiting | undefined {
    for (const line of [this.#lines.calls, this.#lines.high, this.#lines.low])
      for (let waiting = line.shift(); waiting !== undefined; waiting = line.shift())
        if (!waiting.gone) return waiting;
    return undefined;
  }
}

interface Waiting {
  gone: boolean;
  end(entered: Entered): void;
}
