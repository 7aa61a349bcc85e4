import type { SecureContext, TLSSocket } from 'node:tls';
import { DialError, dialTls } from '@carillon/sending';
import type { Address } from '@carillon/sending';
import type { ConnectionFault } from '../answers/answer-row.ts';

export interface Destination extends Address {
  /** Whom we trust and, with certificates, who we are: the same through a proxy. */
  readonly secureContext: SecureContext;
  readonly proxy: URL | undefined;
}

/**
 * A TLS connection that speaks HTTP/2, within `timeoutMs`. Rejects with a `DialError`. node-apn's own way through a
 * proxy is not used: it knows no password, takes any answer for a yes, and remembers a failure for ever.
 */
export async function dial(destination: Destination, timeoutMs: number): Promise<TLSSocket> {
  const { secureContext, proxy } = destination;
  const socket = await dialTls(destination, { secureContext, proxy, timeoutMs, alpn: ['h2'] });
  if (socket.alpnProtocol === 'h2') return socket;
  socket.destroy();
  throw new DialError('tls_failed', noHttp2);
}

const noHttp2 = 'NO_APPLICATION_PROTOCOL';

/** Why there is no connection, in the words of the table of answers. */
export function faultOf({ fault, code }: DialError): ConnectionFault {
  if (fault !== 'tls_failed') return fault;
  if (code.includes(noHttp2)) return 'not_http2';
  return isCertificateAlert(code) ? 'client_certificate_refused' : fault;
}

/** The other side's word on our client certificate; with TLS 1.3 it comes after the handshake. */
export function isCertificateAlert(code: string): boolean {
  return /ALERT_(BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/.test(code);
}
