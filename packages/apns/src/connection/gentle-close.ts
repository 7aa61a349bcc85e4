import type { NodeApnClient } from './node-apn.ts';

/**
 * Guard: node-apn destroys its session on GOAWAY and on shutdown, with all that is in flight, though the server
 * goes on to answer it (RFC 9113, section 6.8). Here it only stops taking new requests; the session ends with the
 * last answer, or `Connection` ends it.
 */
export function closeGently(client: NodeApnClient): void {
  client.closeAndDestroySession = async (session) => {
    if (session !== undefined && !session.closed) session.close();
  };
}
