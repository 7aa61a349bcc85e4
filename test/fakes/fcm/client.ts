import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import type { FakeFcm } from './server.ts';

/** A bare client of the fake, for its own tests: nothing of Carillon stands between them and the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface TestClient extends AsyncDisposable {
  readonly session: http2.ClientHttp2Session;
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
  /** A new access token by an assertion made of the key file; `claims` make a wrong one. */
  exchange(claims?: Readonly<Record<string, unknown>>): Promise<Answer>;
  send(accessToken: string, message: object): Promise<Answer>;
}

/** A stream that ended without an answer. */
export class StreamEnded extends Error {
  readonly rstCode: number;

  constructor(rstCode: number) {
    super(`The stream ended without an answer, code ${rstCode}`);
    this.rstCode = rstCode;
  }
}

export async function connectTo(fcm: FakeFcm): Promise<TestClient> {
  const session = http2.connect(fcm.url, fcm.caFile === undefined ? {} : { ca: readFileSync(fcm.caFile) });
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  const post: TestClient['post'] = (path, headers, body) =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      let answer: http2.IncomingHttpHeaders | undefined;
      let text = '';
      stream.setEncoding('utf8');
      stream.on('error', () => undefined);
      stream.on('response', (received) => (answer = received));
      stream.on('data', (chunk: string) => (text += chunk));
      stream.on('close', () => {
        if (answer === undefined) reject(new StreamEnded(stream.rstCode ?? 0));
        else resolve({ status: Number(answer[':status']), headers: answer, body: text });
      });
      stream.end(body);
    });
  return {
    session,
    post,
    exchange: (claims) => exchange(fcm, post, claims),
    send: (accessToken, message) =>
      post(
        `/v1/projects/${fcm.projectId}/messages:send`,
        { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        JSON.stringify({ message }),
      ),
    [Symbol.asyncDispose]: async () => {
      session.destroy();
    },
  };
}

function exchange(
  fcm: FakeFcm,
  post: TestClient['post'],
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const key = JSON.parse(readFileSync(fcm.serviceAccountFile, 'utf8')) as Record<string, string>;
  const iat = Math.floor(Date.now() / 1000);
  const claim = {
    iss: key['client_email'],
    aud: key['token_uri'],
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    iat,
    exp: iat + 3600,
    ...claims,
  };
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claim].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signed = parts.join('.');
  const signature = createSign('sha256')
    .update(signed)
    .sign(key['private_key'] ?? '', 'base64url');
  return post(
    '/token',
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: `${signed}.${signature}`,
    }).toString(),
  );
}

/** One POST over HTTP/1.1. */
export async function postHttp1(
  fcm: FakeFcm,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Answer> {
  const options = { method: 'POST', headers, agent: false as const };
  const request =
    fcm.caFile === undefined
      ? http.request(fcm.url + path, options)
      : https.request(fcm.url + path, { ...options, ca: readFileSync(fcm.caFile) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}
