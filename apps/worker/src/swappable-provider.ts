import type { Delivery, Outcome, Provider } from '@carillon/core';

/**
 * The provider of an app, exchanged for another while deliveries are sent: each send ends with the one that it began
 * with, and that one is closed after its last.
 */
export interface SwappableProvider extends Pick<Provider, 'send' | 'close'> {
  server(delivery: Delivery): string | undefined;
  readonly current: Provider;
  /** `next` takes every send from now on. Resolves when the former one has ended its sends and is closed. */
  swap(next: Provider): Promise<void>;
}

interface Shift {
  readonly provider: Provider;
  inFlight: number;
  readonly ended: PromiseWithResolvers<void>;
}

export function createSwappableProvider(first: Provider): SwappableProvider {
  let shift = begin(first);

  return {
    get current() {
      return shift.provider;
    },
    async send(delivery: Delivery): Promise<Outcome> {
      const mine = shift;
      mine.inFlight += 1;
      try {
        return await mine.provider.send(delivery);
      } finally {
        mine.inFlight -= 1;
        if (mine.inFlight === 0 && mine !== shift) mine.ended.resolve();
      }
    },
    async swap(next) {
      const former = shift;
      shift = begin(next);
      // Not left to `close`: it cuts short what only waits for its turn, such as for an access token.
      if (former.inFlight > 0) await former.ended.promise;
      await former.provider.close();
    },
    server: (delivery) => shift.provider.server?.(delivery),
    close: () => shift.provider.close(),
  };
}

function begin(provider: Provider): Shift {
  return { provider, inFlight: 0, ended: Promise.withResolvers() };
}
