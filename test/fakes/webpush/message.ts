import type { Vapid } from './vapid-check.ts';

/** A message that passed all checks. */
export interface WebPushMessage {
  /** Path of the endpoint. */
  readonly path: string;
  /** 1 for the first message of this endpoint. */
  readonly attempt: number;
  readonly ttl: number;
  readonly urgency?: string;
  readonly topic?: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly plaintext: string;
  readonly vapid?: Vapid;
  readonly protocol: 'h2' | 'http/1.1';
  /** Milliseconds since 1970. */
  readonly at: number;
}
