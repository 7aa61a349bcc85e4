import { addressOf } from '@carillon/sending';
import type { Address } from '@carillon/sending';
import type { TransportFault } from '../answers/answer-row.ts';
import { createCircuit } from './circuit.ts';
import type { Circuit } from './circuit.ts';
import { OriginConnections } from './origin.ts';
import type { OriginTiming, Reply } from './origin.ts';
import type { DialTarget } from './dial.ts';
import type { Message } from '../payload/message.ts';
import type tls from 'node:tls';

/** A send that did not take place, and when it may; milliseconds since 1970. */
export interface TurnedAway {
  readonly kind: 'turned_away';
  readonly fault: 'origin_resting' | 'origin_busy' | 'shutdown';
  readonly notBefore?: number;
}

export interface OriginsOptions {
  readonly timing: OriginTiming;
  readonly dial: (target: DialTarget, stop: AbortSignal) => Promise<tls.TLSSocket>;
  readonly now: () => number;
  readonly limits?: Partial<OriginLimits>;
}

export interface OriginLimits {
  /** Origins that are remembered. Those that nothing is under way to make room for new ones. */
  readonly origins: number;
  /** Sends under way to an origin at first, at least and at most. Each success adds one, each fault halves. */
  readonly firstSends: number;
  readonly fewestSends: number;
  readonly mostSends: number;
  /** Sends under way to all origins together that have never answered. */
  readonly strangerSends: number;
}

/**
 * The most is what one lane of a worker has under way (`worker.concurrency`). What an origin that hangs can hold of
 * it is the first number, and what any number of such origins can hold is the last.
 */
const defaultLimits: OriginLimits = {
  origins: 256,
  firstSends: 32,
  fewestSends: 4,
  mostSends: 256,
  strangerSends: 64,
};

/** Faults that say something about the origin. */
const originFaults: ReadonlySet<TransportFault> = new Set([
  'dns_failed',
  'connect_failed',
  'tls_failed',
  'proxy_failed',
  'timeout',
  'connection_reset',
  'answer_unreadable',
]);

interface Origin {
  readonly connections: OriginConnections;
  readonly circuit: Circuit;
  active: number;
  limit: number;
  answered: boolean;
}

/**
 * The push services that are being sent to: connections, how many sends each may have under way, and a circuit that
 * leaves those alone that fail. Whatever one of them does, the others go on (invariant 8).
 */
export class Origins {
  readonly #options: OriginsOptions;
  readonly #limits: OriginLimits;
  /** The one used longest ago comes first. */
  readonly #origins = new Map<string, Origin>();
  readonly #stop = new AbortController();
  #strangers = 0;
  #active = 0;
  readonly #drained = Promise.withResolvers<void>();
  #closing = false;

  constructor(options: OriginsOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  async post(
    endpoint: URL,
    { named, proxyResolves }: Omit<DialTarget, keyof Address>,
    message: Message,
  ): Promise<Reply | TurnedAway> {
    if (this.#closing) return { kind: 'turned_away', fault: 'shutdown' };
    const origin = this.#find(endpoint.host, { ...addressOf(endpoint), named, proxyResolves });
    if (origin === undefined || !this.#hasRoom(origin)) return this.#turnAway('origin_busy', 1_000);
    const waitMs = origin.circuit.waitMs();
    if (waitMs !== undefined) return this.#turnAway('origin_resting', waitMs);

    const stranger = !origin.answered;
    origin.active += 1;
    this.#active += 1;
    if (stranger) this.#strangers += 1;
    const reply = await origin.connections.post(message);
    origin.active -= 1;
    this.#active -= 1;
    if (stranger) this.#strangers -= 1;
    this.#learn(origin, reply);
    if (this.#closing && this.#active === 0) this.#drained.resolve();
    return reply;
  }

  /** Lets what is under way end, then closes the connections. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#active > 0) await this.#drained.promise;
    this.#stop.abort();
    for (const { connections } of this.#origins.values()) connections.close();
    this.#origins.clear();
  }

  #hasRoom({ active, limit, answered }: Origin): boolean {
    return active < limit && (answered || this.#strangers < this.#limits.strangerSends);
  }

  /** A crowd that is turned away together does not return together. */
  #turnAway(fault: 'origin_resting' | 'origin_busy', waitMs: number): TurnedAway {
    const notBefore = this.#options.now() + Math.round(waitMs * (1 + Math.random() / 2));
    return { kind: 'turned_away', fault, notBefore };
  }

  #learn(origin: Origin, reply: Reply): void {
    const { fewestSends, mostSends } = this.#limits;
    if (reply.kind === 'answer') {
      origin.answered = true;
      origin.circuit.succeeded();
      origin.limit = Math.min(origin.limit + 1, mostSends);
    } else if (originFaults.has(reply.fault)) {
      origin.circuit.failed();
      origin.limit = Math.max(Math.floor(origin.limit / 2), fewestSends);
    } else {
      origin.circuit.abandoned();
    }
  }

  #find(host: string, target: DialTarget): Origin | undefined {
    const known = this.#origins.get(host);
    if (known !== undefined) {
      this.#origins.delete(host);
      this.#origins.set(host, known);
      return known;
    }
    if (this.#origins.size >= this.#limits.origins && !this.#makeRoom()) return undefined;
    const { timing, dial } = this.#options;
    const origin: Origin = {
      connections: new OriginConnections(host, timing, () => dial(target, this.#stop.signal)),
      circuit: createCircuit(this.#options.now),
      active: 0,
      limit: this.#limits.firstSends,
      answered: false,
    };
    this.#origins.set(host, origin);
    return origin;
  }

  #makeRoom(): boolean {
    for (const [host, { active, connections }] of this.#origins) {
      if (active > 0) continue;
      connections.close();
      this.#origins.delete(host);
      return true;
    }
    return false;
  }
}
