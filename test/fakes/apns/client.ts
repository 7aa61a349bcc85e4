import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { sign } from 'node:crypto';
import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import type { SigningKey } from './provider-token.ts';
import { defaultTopic } from './server.ts';
import type { FakeApns } from './server.ts';

/** A bare HTTP/2 client that sends just what it is told, right or wrong: for tests of the stand-in itself. */
export interface BareClient extends AsyncDisposable {
  readonly session: ClientHttp2Session;
  /** Starts a request that APNs would accept, but for what `headers` change (null leaves a header out). */
  request(options?: BareRequest): ClientHttp2Stream;
  send(options?: BareRequest): Promise<BareAnswer>;
}

export interface BareRequest {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
}

export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Of the JSON body. */
  readonly reason: string | undefined;
}

export const goodToken = '0123456789abcdef'.repeat(4);

export async function connectTo(apns: FakeApns, clientCertificate?: string): Promise<BareClient> {
  const pem = clientCertificate === undefined ? undefined : readFileSync(clientCertificate, 'utf8');
  const session = connect(apns.url, {
    ca: readFileSync(apns.caFile),
    ...(pem !== undefined && { cert: pem, key: pem }),
  });
  session.on('error', () => {}); // what a test does to the connection shows on its streams
  await once(session, 'remoteSettings');
  const authorization = `bearer ${signToken(apns.signingKey)}`;

  const request = ({ token = goodToken, headers = {}, body = '{"aps":{"badge":1}}' }: BareRequest = {}) => {
    const all: OutgoingHttpHeaders = {
      ':method': 'POST',
      ':path': `/3/device/${token}`,
      authorization,
      'apns-topic': defaultTopic,
      'apns-push-type': 'alert',
    };
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) delete all[name];
      else all[name] = value;
    }
    const stream = session.request(all);
    stream.on('error', () => {});
    stream.end(body);
    return stream;
  };

  return {
    session,
    request,
    async send(options) {
      const stream = request(options);
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      const text = (await stream.setEncoding('utf8').toArray()).join('');
      return { status: Number(headers[':status']), headers, text, reason: reasonOf(text) };
    },
    async [Symbol.asyncDispose]() {
      if (session.destroyed) return;
      const closed = once(session, 'close');
      session.destroy();
      await closed;
    },
  };
}

function reasonOf(text: string): string | undefined {
  return /"reason":"(\w+)"/.exec(text)?.[1];
}

/** A provider token as APNs wants it, but for what `changes` say. */
export function signToken(
  key: SigningKey,
  changes: { readonly header?: object; readonly claims?: object; readonly keyfile?: string } = {},
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'ES256', kid: key.keyId, ...changes.header });
  const claims = part({ iss: key.teamId, iat: Math.floor(Date.now() / 1000), ...changes.claims });
  const signature = sign('sha256', Buffer.from(`${header}.${claims}`), {
    key: readFileSync(changes.keyfile ?? key.keyfile),
    dsaEncoding: 'ieee-p1363',
  });
  return `${header}.${claims}.${signature.toString('base64url')}`;
}
