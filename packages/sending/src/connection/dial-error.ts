export type DialFault = 'dns_failed' | 'connect_failed' | 'tls_failed' | 'proxy_failed' | 'proxy_credentials';

/** A connection that could not be made. Nothing was sent. */
export class DialError extends Error {
  readonly fault: DialFault;
  /** Safe to log: an error code of the system or of OpenSSL, or the status of a proxy's answer (`HTTP 403`). */
  readonly code: string;

  constructor(fault: DialFault, code: string) {
    super(`${fault}: ${code}`);
    this.name = 'DialError';
    this.fault = fault;
    this.code = code;
  }
}

/** The code of an error, never its text, which may quote what we were working on. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}
