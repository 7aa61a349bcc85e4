import type { NodeApnClient } from './node-apn.ts';

/**
 * Guard: node-apn destroys a session that is closing, with all that is in flight, when another GOAWAY comes or it is
 * shut down, though the server goes on to answer (RFC 9113, section 6.8). Here a session only stops taking new
 * requests; it ends with the last answer, or `Connection` ends it.
 */
export function closeGently(client: NodeApnClient): void {
  client.closeAndDestroySession = async (session) => {
    if (session !== undefined && !session.closed) session.close();
  };
}
