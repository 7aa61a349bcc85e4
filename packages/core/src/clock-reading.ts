/** What another machine's clock says, against ours. */
export interface ClockReading {
  /** Whose clock it is: an origin, or a name such as `redis 127.0.0.1:6379`. */
  readonly of: string;
  /** Milliseconds by which it is ahead of ours; negative: behind. */
  readonly aheadMs: number;
  /** Half of the range in which the true value lies. */
  readonly uncertainMs: number;
}

/**
 * Reads the clock of a server from the `Date` of its answer (RFC 9110, section 6.6.1; whole seconds). `sentAt` and
 * `receivedAt`: milliseconds since 1970, by our clock. Undefined where there is no such header, or none that can be
 * read.
 */
export function readDateHeader(
  of: string,
  date: string | undefined,
  sentAt: number,
  receivedAt: number,
): ClockReading | undefined {
  const said = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(said)) return undefined;
  return {
    of,
    aheadMs: said + 500 - (sentAt + receivedAt) / 2,
    uncertainMs: 500 + (receivedAt - sentAt) / 2,
  };
}
