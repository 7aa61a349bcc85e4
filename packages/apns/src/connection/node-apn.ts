import { Provider } from '@parse/node-apn';
import type { ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Exchange, OutgoingNotification } from './wire.ts';

/**
 * What we use of node-apn beyond its types: its client, which holds one HTTP/2 session. These names are no public
 * interface, so the version is pinned and `createNodeApnClient` looks whether they are there.
 */
export interface NodeApnClient {
  session: ClientHttp2Session | undefined;
  readonly config: { token: unknown; address: string };
  connect(): Promise<void>;
  /** Sends over the session: makes the path, then calls `request`. Rejects only for errors of ours. */
  write(notification: OutgoingNotification, token: string, type: 'device', method: 'post'): Promise<Exchange>;
  request: SendRequest;
  closeAndDestroySession(session: ClientHttp2Session | undefined): Promise<void>;
  shutdown(): Promise<void>;
}

export type SendRequest = (
  session: ClientHttp2Session,
  authority: string,
  notification: OutgoingNotification,
  path: string,
  method: string,
) => Promise<Exchange>;

export interface NodeApnOptions {
  readonly production: boolean;
  /** What goes into `:authority`. */
  readonly authority: string;
  /** The connection it is to use, TLS and all. */
  readonly socket: TLSSocket;
}

/** A client of node-apn on a connection that stands already; its own `connect` only starts HTTP/2 on it. */
export async function createNodeApnClient(options: NodeApnOptions): Promise<NodeApnClient> {
  const settings = {
    // TLS and provider tokens are ours, so it needs no credentials; but it starts with none only if it gets some
    // that it cannot read, which it then leaves unchecked.
    cert: Buffer.from('-'),
    key: Buffer.from('-'),
    // Undefined NODE_ENV would mean the sandbox.
    production: options.production,
    address: options.authority,
    // Retries are the queue's; its own come at once and know no Retry-After.
    connectionRetryLimit: 0,
    // Its PING only logs; `Watchdog` has one that acts.
    heartBeat: maxInterval,
    createConnection: () => options.socket,
  };
  const { client } = new Provider(settings) as unknown as { readonly client?: Partial<NodeApnClient> };
  for (const name of ['connect', 'write', 'request', 'closeAndDestroySession', 'shutdown'] as const)
    if (typeof client?.[name] !== 'function') throw new Error(`node-apn has no client.${name} any more`);
  const complete = client as NodeApnClient; // just looked at
  await complete.connect();
  return complete;
}

/** The longest interval that Node has. */
const maxInterval = 2 ** 31 - 1;
