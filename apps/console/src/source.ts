import type { Lane } from '@carillon/core';

/*
 * What the pages show. The commands' own code tells it, in the commands' words; nothing here is a pushkey or what a
 * message says (invariant 12). The `carillon` command provides the source, and so is the only one to touch Redis.
 */
export interface ConsoleSource {
  /** Everything that changes by itself. Never rejects: what could not be read is among the troubles. */
  now(): Promise<Now>;
  /** The ways of the pushes of an event, or to a pushkey. Throws an `OperatorError` when Redis cannot be asked. */
  push(question: PushQuestion): Promise<PushAnswer>;
  /** Throws an `OperatorError` when Redis cannot be asked. */
  deadLetters(): Promise<readonly DeadLetterFacts[]>;
  credentials(): Promise<readonly Finding[]>;
  /** The busiest at the ingresses, the busiest first. */
  callers(): Promise<readonly CallerNow[]>;
  /** Makes a change. Throws an `OperatorError` when it cannot be made. */
  change(change: Change, by: string): Promise<ChangeResult>;
}

export interface Now {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Those in trouble first, then by what waits. */
  readonly apps: readonly AppNow[];
  readonly total: Flow;
  readonly processes: readonly ProcessNow[];
  /** Workers by the name that they go by on Redis. */
  readonly workers: readonly string[];
  readonly redis: readonly Finding[];
  /** What could not be read, and why. */
  readonly troubles: readonly string[];
}

export interface AppNow {
  readonly name: string;
  readonly type: string;
  /** The worst that is to be said of it. */
  readonly state: AppState;
  /** What an operator should look at, as `carillon apps` tells it. */
  readonly notes: readonly Note[];
  readonly lanes: readonly LaneNow[];
  readonly flow: Flow;
  readonly suspects: number;
  readonly deadLetters: number;
  /** Whether resuming it would change anything. */
  readonly stopped: boolean;
}

export type AppState = 'ok' | 'paused' | 'held' | 'no worker' | 'parked' | 'unknown';

export interface Note {
  readonly bad: boolean;
  /** What is the matter; below it the cure, and the command. */
  readonly lines: readonly string[];
}

export interface LaneNow {
  readonly lane: Lane;
  readonly waiting: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly workers: number;
  /** How long the oldest waits, for eyes. */
  readonly oldest: string | undefined;
}

/** What goes on, each a second over the last seconds, and what waits. */
export interface Flow {
  /** Undefined where no process tells. */
  readonly arrives: number | undefined;
  readonly sends: Readonly<Record<SendEnd, number>> | undefined;
  /** From the homeserver's request to the final outcome, in seconds; undefined when there was none. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly waiting: number;
  readonly oldest: string | undefined;
}

export const sendEnds = ['delivered', 'later', 'refused', 'dead', 'dropped'] as const;
export type SendEnd = (typeof sendEnds)[number];

export interface ProcessNow {
  /** Its private listener. */
  readonly at: string;
  readonly role: string;
  readonly version: string;
  readonly up: string;
  readonly memory: string;
  /** Share of one core; undefined until it is known. */
  readonly busy: number | undefined;
  readonly inFlight: number | undefined;
}

/** As `carillon check` tells it. */
export interface Finding {
  readonly kind: 'good' | 'warning' | 'bad';
  readonly what: string;
  readonly detail: string;
  readonly cure?: string | undefined;
}

export interface PushQuestion {
  /** One of the two at least: with both, what is true of both is looked for. */
  readonly event: string | undefined;
  readonly pushkey: string | undefined;
}

export interface PushAnswer {
  readonly ways: readonly WayFacts[];
  readonly notes: readonly string[];
}

export interface WayFacts {
  readonly verdict: 'delivered' | 'ended' | 'waiting' | 'unknown';
  readonly app: string | undefined;
  readonly lane: string | undefined;
  /** Its fingerprint. */
  readonly pushkey: string | undefined;
  readonly hops: readonly HopFacts[];
  /** Why it waits, and what is not known of it. */
  readonly notes: readonly string[];
}

export interface HopFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** After the first, for eyes. */
  readonly after: string;
  readonly text: string;
  /** How often the same was before, in a row. */
  readonly repeats: number;
  /** What the provider's word means, from its table of answers. */
  readonly meaning: string | undefined;
  readonly cure: string | undefined;
}

/** One client address, as `carillon top` tells it; each a second. */
export interface CallerNow {
  readonly caller: string;
  readonly requests: number;
  readonly devices: number;
  readonly rejected: number;
  readonly failed: number;
}

/** As `carillon dead list` and `dead show` tell it. */
export interface DeadLetterFacts {
  readonly id: string;
  readonly app: string;
  readonly lane: string;
  readonly reason: string;
  readonly setAside: string;
  readonly crashes: number;
  readonly tries: number | undefined;
  readonly device: string | undefined;
  readonly eventType: string | undefined;
  readonly expires: string;
  /** Whether a retry can help. */
  readonly retriable: boolean;
}

export type Change =
  | {
      readonly kind: 'pause';
      readonly app: string;
      readonly lane: Lane | undefined;
      readonly minutes: number | undefined;
      readonly reason: string | undefined;
    }
  | { readonly kind: 'resume'; readonly app: string }
  | { readonly kind: 'retry'; readonly id: string }
  /** Takes the rejections of a pushkey back, which only the source is told. */
  | { readonly kind: 'forget'; readonly pushkey: string };

export interface ChangeResult {
  readonly good: boolean;
  readonly lines: readonly string[];
}
