/** What one client address has sent. */
export interface CallerCounts {
  readonly requests: number;
  readonly devices: number;
  /** Devices of them whose pushkey was rejected. */
  readonly rejected: number;
  /** Requests that were answered with an error. */
  readonly failed: number;
}

export interface Caller extends CallerCounts {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly caller: string;
}

/** The busiest of many, most requests and devices first, without sorting them all: a request may wait for this. */
export function busiestOf(callers: ReadonlyMap<string, CallerCounts>, most: number): readonly Caller[] {
  const found: Caller[] = [];
  let least = 0;
  for (const [caller, counts] of callers) {
    const weight = weightOf(counts);
    if (found.length === most && weight <= least) continue;
    const place = found.findIndex((one) => weightOf(one) < weight);
    found.splice(place === -1 ? found.length : place, 0, { caller, ...counts });
    if (found.length > most) found.pop();
    least = weightOf(found.at(-1) ?? counts);
  }
  return found;
}

const weightOf = ({ requests, devices }: CallerCounts): number => requests + devices;
