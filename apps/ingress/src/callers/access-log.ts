/** One line for each request, or for one in so many; without pushkeys, events or content. */
export interface AccessLog {
  request(entry: AccessEntry): void;
}

export interface AccessEntry {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly caller: string;
  readonly status: number;
  readonly devices: number;
  readonly rejected: number;
  readonly ms: number;
  readonly userAgent: string | undefined;
}

export interface AccessLogOptions {
  /** One request in so many. */
  readonly oneIn: number;
  readonly write: (fields: object, message: string) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** A stranger writes it. */
const mostUserAgent = 100;

/** By chance and not by counting, so that no caller of a steady beat is always left out. */
export function createAccessLog({ oneIn, write, random = Math.random }: AccessLogOptions): AccessLog {
  return {
    request({ caller, status, devices, rejected, ms, userAgent }) {
      if (oneIn > 1 && random() * oneIn >= 1) return;
      write(
        {
          caller,
          status,
          devices,
          rejected,
          ms: Math.round(ms * 10) / 10,
          ...(userAgent !== undefined && { user_agent: userAgent.slice(0, mostUserAgent) }),
          ...(oneIn > 1 && { one_in: oneIn }),
        },
        'request',
      );
    },
  };
}
