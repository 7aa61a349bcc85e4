/**
 * Runs `reload` for each request, never twice at a time. Requests that come during a reload lead to one more after it,
 * since it may have read the file before they came.
 */
export interface Reloads {
  /** Asks for a reload. */
  request(): void;
  /** From now on requests, those that came before included, are served. */
  serve(reload: () => Promise<void>): void;
  /** Resolves when the reload under way, if any, is done; serves no more. */
  end(): Promise<void>;
}

export interface ReloadsOptions {
  /** What `reload` threw: a mistake of ours, since a bad configuration is its result. */
  readonly failed: (error: unknown) => void;
}

export function createReloads({ failed }: ReloadsOptions): Reloads {
  let asked = false;
  let ended = false;
  let serving: (() => Promise<void>) | undefined;
  let running: Promise<void> | undefined;

  async function run(reload: () => Promise<void>): Promise<void> {
    asked = false;
    await reload().catch(failed);
    running = undefined;
    start(); // asked for again meanwhile
  }

  function start(): void {
    if (serving !== undefined && asked && !ended) running ??= run(serving);
  }

  return {
    request() {
      asked = true;
      start();
    },
    serve(reload) {
      serving = reload;
      start();
    },
    async end() {
      ended = true;
      await running;
    },
  };
}
