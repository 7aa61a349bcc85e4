/** What an operator's own system may be told of (`events` in the configuration, docs/events.md). */
export const eventKinds = [
  'delivery.delivered',
  'delivery.dead',
  'delivery.refused',
  'delivery.expired',
  'delivery.dead_letter',
  'app.parked',
  'app.held',
  'app.resumed',
  'app.paused',
  'app.unpaused',
  'credential.expiring',
] as const;

export type EventKind = (typeof eventKinds)[number];

export interface OperatorEvent {
  readonly kind: EventKind;
  /** The app's entry in the configuration. */
  readonly app: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Secrets: turned into fingerprints unless the operator wants them. */
  readonly pushkey?: string;
  readonly eventId?: string;
  /** What else there is to tell: no content, no names of people. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** Where events go. Never throws and never makes a push wait. */
export interface EventSink {
  wants(kind: EventKind): boolean;
  tell(event: OperatorEvent): void;
}
