import type { z } from 'zod';
import type { ClockReading } from './clock-reading.ts';
import type { Delivery } from './delivery.ts';
import type { Device, Notification } from './notification.ts';
import type { Outcome, OutcomeKind } from './outcome.ts';
import type { ReachProblem } from './reach-problem.ts';

/** Sends deliveries of one app. Made by a `ProviderModule`, owned and closed by the worker. */
export interface Provider {
  /**
   * Sends one delivery and says what became of it. Never throws and never rejects for anything a provider
   * or a network can do (invariant 6). Takes at most about 15 s.
   */
  send(delivery: Delivery): Promise<Outcome>;
  /**
   * The host name that the delivery is sent to, for its trace. Absent or undefined where it is chosen by a client and
   * no well-known service: then it may tell whose it is.
   */
  server?(delivery: Delivery): string | undefined;
  /**
   * Connects to each place that sends need, as they do (name, proxy, TLS), and hangs up again; sends nothing. For
   * `carillon check`. Never rejects, and takes at most about 10 s. Places that only registrations know are not tried.
   */
  reach?(): Promise<readonly ReachedPlace[]>;
  /**
   * Sends once to a device that does not exist, so that the provider judges our credentials and rings nobody. For
   * `carillon check`. Never rejects, and takes at most about 15 s. Absent where a provider has no such way.
   */
  dryRun?(): Promise<DryRun>;
  /** Lets what is in flight end, then closes the connections. Safe to call twice. */
  close(): Promise<void>;
  /** Those of its credentials that expire, as they were read. Absent where none does. */
  readonly expiringCredentials?: readonly ExpiringCredential[];
}

/** A certificate that stops being good at a time that is known beforehand. */
export interface ExpiringCredential {
  /** The setting that names its file, such as `certfile`. */
  readonly setting: string;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** What the operator has to do before that, as a clause: `renew it in …`. */
  readonly cure: string;
}

/** Whether a provider's server can be connected to. */
export interface ReachedPlace {
  /** Such as `https://api.push.apple.com`. */
  readonly origin: string;
  /** Absent when it can. */
  readonly problem?: ReachProblem;
}

/** What a provider made of a send to a device that does not exist. */
export interface DryRun {
  /** That the device is `dead` is the good answer: all else was found right before it. */
  readonly outcome: Outcome;
  /** What the answer means, from the table of answers. */
  readonly meaning: string;
  /** A wrong clock of ours brings the same answer. */
  readonly mayBeClock: boolean;
  /** The provider's clock, where its answers tell the time. */
  readonly clock?: ClockReading;
}

/**
 * One push provider: how its apps are configured and how a sender is made of that. All that a
 * new one touches is listed in CONTRIBUTING.md, "A new push provider".
 */
export interface ProviderModule<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Values of `type:` in the configuration; the first is the canonical one. */
  readonly types: readonly [string, ...string[]];
  /** The keys of an app of this type besides `commonAppSettings`. Rules between keys go into `check`. */
  readonly shape: Shape;
  /** Checks between keys, with the key to blame. Called only when each key by itself is right. */
  check?(settings: z.output<z.ZodObject<Shape>>): readonly SettingProblem[];
  /** Sygnal's keys that Carillon has no use for: key → what to write instead. */
  readonly obsoleteKeys: Readonly<Record<string, string>>;
  /**
   * Why a registration can never be sent to (its keys are missing), so that it is rejected at the door.
   * Undefined for a good one. Pure and cheap: runs for each device of each request.
   */
  unusable?(device: Device): string | undefined;
  /**
   * The one spelling of a pushkey that can be written in several ways, so that one phone is one registration
   * (invariant 15). Pure and cheap, as above.
   */
  spelling?(pushkey: string, settings: z.output<z.ZodObject<Shape>>): string;
  /**
   * What of its `data` a device is delivered to, where the pushkey does not say it. Undefined where it does. Pure and
   * cheap, as above.
   */
  address?(device: Device): string | undefined;
  /**
   * The notification without what no phone of this type can be shown, however the device and its app are configured:
   * every payload is the same, byte for byte, with and without the trim. What is left is a few times the largest
   * payload at most. Pure and cheap: runs once for each request, so that what waits in Redis is small.
   */
  readonly trim: (notification: Notification) => Notification;
  /** Everything that the provider can say, in words. */
  readonly answers: readonly AnswerMeaning[];
  /**
   * Another transport for some of the registrations of an app, where its settings name one: at the door they go by the rules
   * of that module.
   */
  second?(settings: z.output<z.ZodObject<Shape>>): SecondTransport | undefined;
  /** Reads the credentials (throwing a `SettingError` for an unreadable or unfit file) and makes the sender. */
  create(app: ProviderApp<z.output<z.ZodObject<Shape>>>, context: ProviderContext): Provider;
}

/** What an answer of a provider means to an operator, from the row of the answer's table. */
export interface AnswerMeaning {
  readonly kind: OutcomeKind;
  /** The `reason` of the outcome. */
  readonly reason: string;
  readonly meaning: string;
  /** What the operator can do. */
  readonly cure?: string;
}

export interface SecondTransport {
  takes(device: Device): boolean;
  readonly module: ProviderModule;
}

export interface ProviderApp<Settings> {
  /** The entry's name in the configuration. */
  readonly name: string;
  readonly settings: Settings;
}

export interface SettingProblem {
  /** The key within the app's entry, such as `key_id`. */
  readonly key: string;
  /** What is wrong and the cure, one sentence. */
  readonly message: string;
}

/** A setting that turned out wrong when it was used: a credentials file that is missing or does not fit. */
export class SettingError extends Error {
  readonly key: string;

  constructor(key: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SettingError';
    this.key = key;
  }
}

/** What every provider gets from the process that runs it. */
export interface ProviderContext {
  readonly log: ProviderLog;
  readonly observer: ProviderObserver;
  /** HTTP CONNECT proxy for all providers, user and password included. */
  readonly proxy?: URL;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A short keyed fingerprint of a secret, the only form in which one may be logged (invariant 12). */
  readonly fingerprint: (secret: string) => string;
}

/** The part of a pino logger that providers use. */
export interface ProviderLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How providers report without knowing of Prometheus. */
export interface ProviderObserver {
  /** A connection to the provider was opened. */
  connectionOpened(app: string): void;
  /** A connection ended; `reason` is from a closed set: `goaway`, `error`, `timeout`, `idle`, `shutdown`. */
  connectionClosed(app: string, reason: string): void;
  /** An answer that no table row knows, so that somebody notices. */
  unknownAnswer(app: string, status: number): void;
}
