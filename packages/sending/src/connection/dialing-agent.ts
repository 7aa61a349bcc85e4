import http from 'node:http';
import type { Duplex } from 'node:stream';

/** An agent of HTTP/1.1 that keeps its connections, which we make ourselves: through the proxy, with our authorities. */
export class DialingAgent extends http.Agent {
  readonly #dial: () => Promise<Duplex>;

  constructor(options: http.AgentOptions, dial: () => Promise<Duplex>) {
    super({ keepAlive: true, ...options });
    this.#dial = dial;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const done = callback as Connected; // the agent always passes one, and takes an error alone
    void this.#connect(done); // reports a failure by the callback, and never rejects
  }

  async #connect(done: Connected): Promise<void> {
    try {
      done(null, await this.#dial());
    } catch (error) {
      done(error instanceof Error ? error : new Error('no connection', { cause: error }));
    }
  }
}

type Connected = (error: Error | null, stream?: Duplex) => void;
