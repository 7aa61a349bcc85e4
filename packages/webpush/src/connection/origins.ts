import { readRetryAfter } from '@carillon/core';
import { addressOf } from '@carillon/sending';
import type { Address } from '@carillon/sending';
import type { TransportFault } from '../answers/answer-row.ts';
import { createCircuit } from './circuit.ts';
import type { Circuit } from './circuit.ts';
import { OriginConnections } from './origin.ts';
import { createThrottle } from './throttle.ts';
import type { Throttle } from './throttle.ts';
import type { OriginTiming, Reply } from './origin.ts';
import type { DialTarget } from './dial.ts';
import type { Message } from '../payload/message.ts';
import type tls from 'node:tls';

/** A send that did not take place, and when it may; milliseconds since 1970. */
export interface TurnedAway {
  readonly kind: 'turned_away';
  readonly fault: 'origin_resting' | 'endpoint_resting' | 'origin_busy' | 'strangers_busy' | 'shutdown';
  readonly notBefore?: number;
}

export interface OriginsOptions {
  readonly timing: OriginTiming;
  readonly dial: (target: DialTarget, stop: AbortSignal) => Promise<tls.TLSSocket>;
  readonly now: () => number;
  readonly limits?: Partial<OriginLimits>;
}

export interface OriginLimits {
  /** Origins that have accepted a push, or that the operator named: new ones never push them out while they are in use. */
  readonly origins: number;
  /** Others that are remembered. Those that nothing is under way to make room for new ones. */
  readonly strangers: number;
  /** Sends under way to an origin at first, at least and at most. Each success adds one, each fault halves. */
  readonly firstSends: number;
  readonly fewestSends: number;
  readonly mostSends: number;
  /** Sends under way to one stranger, and to all of them together. */
  readonly sendsOfStranger: number;
  readonly strangerSends: number;
}

/**
 * The most is what one lane of a worker has under way (`worker.concurrency`). What an origin that hangs can hold of
 * it is `firstSends`, and what any number of strangers can hold is `strangerSends`.
 */
const defaultLimits: OriginLimits = {
  origins: 256,
  strangers: 128,
  firstSends: 32,
  fewestSends: 4,
  mostSends: 256,
  sendsOfStranger: 8,
  strangerSends: 64,
};

/** An origin that was not used for so long makes room for another that has accepted a push. */
const unusedMs = 86_400_000;
/** The pause of a 429 that names none, and the longest that is believed. */
const defaultPauseMs = 60_000;
const longestPauseMs = 3_600_000;

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
  readonly throttle: Throttle;
  active: number;
  limit: number;
  usedAt: number;
}

/**
 * The push services that are being sent to: connections, how many sends each may have under way, and a circuit that
 * leaves those alone that fail. Whatever one of them does, the others go on (invariant 8).
 */
export class Origins {
  readonly #options: OriginsOptions;
  readonly #limits: OriginLimits;
  /** Those that have accepted a push, or that the operator named. */
  readonly #origins = new Map<string, Origin>();
  /** Anybody can bring these. Of both, the one used longest ago comes first. */
  readonly #strangerOrigins = new Map<string, Origin>();
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
    const { host } = endpoint;
    const origin = this.#find(host, { ...addressOf(endpoint), named, proxyResolves });
    const isStranger = !this.#origins.has(host);
    if (origin === undefined || (isStranger && !this.#hasRoomForStranger(origin)))
      return { kind: 'turned_away', fault: 'strangers_busy' };
    if (origin.active >= origin.limit) return this.#turnAway('origin_busy', 1_000);
    const endpointWaitMs = origin.throttle.waitMs(message.path);
    if (endpointWaitMs !== undefined) return this.#turnAway('endpoint_resting', endpointWaitMs);
    const waitMs = origin.circuit.waitMs();
    if (waitMs !== undefined) return this.#turnAway('origin_resting', waitMs);

    origin.active += 1;
    this.#active += 1;
    if (isStranger) this.#strangers += 1;
    const reply = await origin.connections.post(message);
    origin.active -= 1;
    this.#active -= 1;
    if (isStranger) this.#strangers -= 1;
    this.#learn(host, origin, reply, message.path);
    if (this.#closing && this.#active === 0) this.#drained.resolve();
    return reply;
  }

  /** Whether the origin has accepted no push yet, and was not named by the operator. */
  isStranger({ host }: URL): boolean {
    return !this.#origins.has(host);
  }

  /** Lets what is under way end, then closes the connections. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#active > 0) await this.#drained.promise;
    this.#stop.abort();
    for (const { connections } of [...this.#origins.values(), ...this.#strangerOrigins.values()])
      connections.close();
    this.#origins.clear();
    this.#strangerOrigins.clear();
  }

  #hasRoomForStranger({ active }: Origin): boolean {
    const { sendsOfStranger, strangerSends } = this.#limits;
    return active < sendsOfStranger && this.#strangers < strangerSends;
  }

  /** A crowd that is turned away together does not return together. */
  #turnAway(fault: TurnedAway['fault'], waitMs: number): TurnedAway {
    const notBefore = this.#options.now() + Math.round(waitMs * (1 + Math.random() / 2));
    return { kind: 'turned_away', fault, notBefore };
  }

  #learn(host: string, origin: Origin, reply: Reply, endpoint: string): void {
    const { fewestSends, mostSends } = this.#limits;
    if (reply.kind === 'answer') {
      origin.circuit.succeeded();
      origin.limit = Math.min(origin.limit + 1, mostSends);
      if (reply.status >= 200 && reply.status < 300) {
        origin.throttle.accepted(endpoint);
        this.#acquaint(host, origin);
      } else if (reply.status === 429 || reply.status === 406) {
        const until = this.#pauseUntil(reply.headers['retry-after']);
        if (origin.throttle.throttled(endpoint, until)) origin.circuit.rest(until);
      }
    } else if (originFaults.has(reply.fault)) {
      origin.circuit.failed();
      origin.limit = Math.max(Math.floor(origin.limit / 2), fewestSends);
    } else {
      origin.circuit.abandoned();
    }
  }

  #pauseUntil(retryAfter: string | undefined): number {
    const now = this.#options.now();
    return Math.min(readRetryAfter(retryAfter, now) ?? now + defaultPauseMs, now + longestPauseMs);
  }

  /** A stranger that has accepted a push is one no more, as far as there is room. */
  #acquaint(host: string, origin: Origin): void {
    if (this.#strangerOrigins.get(host) !== origin || !this.#hasRoomFor(this.#origins)) return;
    this.#strangerOrigins.delete(host);
    this.#origins.set(host, origin);
  }

  #find(host: string, target: DialTarget): Origin | undefined {
    const { now, timing, dial } = this.#options;
    for (const origins of [this.#origins, this.#strangerOrigins]) {
      const origin = origins.get(host);
      if (origin === undefined) continue;
      origins.delete(host);
      origins.set(host, origin);
      origin.usedAt = now();
      return origin;
    }
    const origins = target.named ? this.#origins : this.#strangerOrigins;
    if (!target.named && !this.#hasRoomFor(origins)) return undefined;
    const origin: Origin = {
      connections: new OriginConnections(host, timing, () => dial(target, this.#stop.signal)),
      circuit: createCircuit(now),
      throttle: createThrottle(now),
      active: 0,
      limit: this.#limits.firstSends,
      usedAt: now(),
    };
    origins.set(host, origin);
    return origin;
  }

  /** Strangers make room for one another, those that are known only when nobody has used them for long. */
  #hasRoomFor(origins: Map<string, Origin>): boolean {
    const [most, unused] =
      origins === this.#origins ? [this.#limits.origins, unusedMs] : [this.#limits.strangers, 0];
    if (origins.size < most) return true;
    for (const [host, { active, usedAt, connections }] of origins) {
      if (active > 0 || this.#options.now() - usedAt < unused) continue;
      connections.close();
      origins.delete(host);
      return true;
    }
    return false;
  }
}
