/** A rejection as it stands in Redis. */
export interface StoredRejection {
  /** Seconds since 1970: registrations of the pushkey up to this one are dead. */
  readonly pushkeyTs: number;
  /** Milliseconds since 1970: when its provider said so. */
  readonly saidAt: number;
  readonly endsInMs: number;
}

/** As lua/reject.lua writes it. */
export function parseRejection(text: string, endsInMs: number): StoredRejection {
  const [pushkeyTs = 0, saidTs = 0] = text.split(' ').map(Number);
  return { pushkeyTs, saidAt: saidTs * 1_000, endsInMs };
}
