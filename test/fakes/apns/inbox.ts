import type { ReceivedRequest } from './answer.ts';

type Matches = (request: ReceivedRequest) => boolean;

/** What arrived, and who waits for it. */
export class Inbox {
  /** All that passed the transport, accepted or not, oldest first. */
  readonly requests: ReceivedRequest[] = [];
  /** Those answered with 200. */
  readonly received: ReceivedRequest[] = [];
  readonly #unseen: ReceivedRequest[] = [];
  readonly #waiting = new Set<{ matches: Matches; resolve: (request: ReceivedRequest) => void }>();
  readonly #attempts = new Map<string, number>();

  /** 1 for the first request of a token. */
  countAttempt(token: string): number {
    const attempt = (this.#attempts.get(token) ?? 0) + 1;
    this.#attempts.set(token, attempt);
    return attempt;
  }

  add(request: ReceivedRequest): void {
    this.requests.push(request);
    for (const waiter of this.#waiting) {
      if (!waiter.matches(request)) continue;
      this.#waiting.delete(waiter);
      waiter.resolve(request);
      return;
    }
    this.#unseen.push(request);
  }

  /** The oldest request that matches and was not handed out before; waits for it. */
  next(matches: Matches = () => true): Promise<ReceivedRequest> {
    const index = this.#unseen.findIndex(matches);
    const [request] = index === -1 ? [] : this.#unseen.splice(index, 1);
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => this.#waiting.add({ matches, resolve }));
  }
}
