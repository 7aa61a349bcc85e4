import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { FakeWebPush } from './server.ts';

/** RFC 8291, appendix A: a message and all that it was made of, base64url. */
export const rfc8291 = {
  plaintext: 'When I grow up, I want to be a watermelon',
  receiverPrivateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  receiverPublicKey:
    'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  senderPrivateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
} as const;

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** An application server that is right in everything, but for what a test changes. */
export function createTestClient({ origin, port, certificate }: FakeWebPush) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const key = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const vapidKey = key.toString('base64url');

  function vapid(changes: Readonly<Record<string, unknown>> = {}, alg = 'ES256'): string {
    const exp = Math.floor(Date.now() / 1000) + 43_200;
    const claims = { aud: origin, exp, sub: 'mailto:ops@example.com', ...changes };
    const parts = [{ typ: 'JWT', alg }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const unsigned = parts.join('.');
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `vapid t=${unsigned}.${signature.toString('base64url')}, k=${vapidKey}`;
  }

  async function post(
    path: string,
    changes: Readonly<Record<string, string | undefined>> = {},
    body: Buffer = Buffer.from(rfc8291.body, 'base64url'),
  ): Promise<TestAnswer> {
    const headers = definedOnly({ ...goodHeaders(body), authorization: vapid(), ...changes });
    const request = https.request({
      method: 'POST',
      host: '127.0.0.1',
      port,
      path,
      ca: certificate,
      headers: { host: `localhost:${port}`, ...headers },
      agent: false,
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, body: text };
  }

  async function postOverHttp2(path: string): Promise<TestAnswer> {
    const body = Buffer.from(rfc8291.body, 'base64url');
    const session = http2.connect(origin, { ca: certificate });
    session.on('error', () => undefined); // the stream has it too
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      ...goodHeaders(body),
      authorization: vapid(),
    });
    stream.end(body);
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    session.destroy();
    return { status: Number(headers[':status']), headers, body: text };
  }

  return { vapidKey, vapid, post, postOverHttp2 };
}

function goodHeaders(body: Buffer): Record<string, string> {
  return {
    ttl: '60',
    urgency: 'normal',
    'content-encoding': 'aes128gcm',
    'content-type': 'application/octet-stream',
    'content-length': String(body.length),
  };
}

function definedOnly(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
