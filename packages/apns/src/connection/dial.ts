import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { ConnectionFault } from '../answers/other-answers.ts';
import { DialError } from './dial-error.ts';
import { openTunnel } from './tunnel.ts';

export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Whom we trust and, with certificates, who we are: the same through a proxy. */
  readonly secureContext: SecureContext;
  readonly proxy: URL | undefined;
}

/** The code of a connection that is taken, and on which no TLS is answered. */
export const silentTls = 'TLS_ETIMEDOUT';

/**
 * A TLS connection that speaks HTTP/2, over the proxy if there is one, within `timeoutMs`. Throws a `DialError`.
 * The name is looked up anew each time, as Apple asks.
 */
export async function dial(destination: Destination, timeoutMs: number): Promise<TLSSocket> {
  const { host, port, secureContext, proxy } = destination;
  const signal = AbortSignal.timeout(timeoutMs);
  const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, host, port, signal);
  if (signal.aborted) throw new DialError('connect_failed', 'ETIMEDOUT');
  const socket = connect({
    ...(tunnel === undefined ? { host, port } : { socket: tunnel }),
    ...(isIP(host) === 0 && { servername: host }),
    // With a tunnel Node does not know the name to compare the certificate with.
    ...(tunnel !== undefined && { host }),
    secureContext,
    ALPNProtocols: ['h2'],
  });
  return new Promise((resolve, reject) => {
    const fail = (fault: ConnectionFault, code: string) => {
      settle();
      socket.destroy();
      reject(new DialError(fault, code));
    };
    const onTimeout = () => fail('connect_failed', socket.connecting ? 'ETIMEDOUT' : silentTls);
    const onError = (error: NodeJS.ErrnoException) => fail(faultOf(error), error.code ?? error.name);
    const onClose = () => fail('connect_failed', 'ECONNRESET');
    const settle = () => {
      signal.removeEventListener('abort', onTimeout);
      socket.off('error', onError).off('close', onClose);
    };
    signal.addEventListener('abort', onTimeout);
    socket.once('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') return fail('not_http2', String(socket.alpnProtocol));
      settle();
      resolve(socket);
    });
  });
}

function faultOf({ code = '' }: NodeJS.ErrnoException): ConnectionFault {
  if (code.includes('NO_APPLICATION_PROTOCOL')) return 'not_http2';
  if (isCertificateAlert(code)) return 'client_certificate_refused';
  return /^(ERR_SSL|ERR_TLS|UNABLE_TO|CERT_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME|INVALID_|ERR_OSSL)/.test(code)
    ? 'tls_failed'
    : 'connect_failed';
}

/** The other side's word on our client certificate; with TLS 1.3 it comes after the handshake. */
export function isCertificateAlert(code: string): boolean {
  return /ALERT_(BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/.test(code);
}
