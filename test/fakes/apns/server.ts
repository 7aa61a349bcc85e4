import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { Http2Session, SecureServerOptions } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createCertificateAuthority } from '../certificates.ts';
import type { Answer, Decide, ReceivedRequest } from './answer.ts';
import { Connection } from './connection.ts';
import type { Goaway } from './connection.ts';
import { createHandler } from './handler.ts';
import { Inbox } from '../inbox.ts';
import { createSigningKey, createTokenCheck } from './provider-token.ts';
import type { SigningKey } from './provider-token.ts';

/**
 * A strict stand-in for APNs: TLS with HTTP/2 only, real checks of provider tokens, headers and sizes, and the
 * stream limits of the real service. What it accepts APNs would, as far as Apple's pages tell.
 */
export interface FakeApns extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM file of the authority that signed its certificate. */
  readonly caFile: string;
  readonly signingKey: SigningKey;
  /** A second key of the same team: to Apple an unrelated one on a connection of the first. */
  readonly otherKey: SigningKey;
  /** Notifications answered with 200, oldest first. */
  readonly received: readonly ReceivedRequest[];
  /** All that passed the transport, accepted or not. */
  readonly requests: readonly ReceivedRequest[];
  readonly counters: Readonly<Counters>;
  /** The oldest request that matches and was not handed out before; waits for it. */
  nextRequest(matches?: (request: ReceivedRequest) => boolean): Promise<ReceivedRequest>;
  /** Answers this device token so from now on, `*` for all others; without an answer, as usual again. */
  script(token: string, answer: Answer | undefined): void;
  /** Makes a PEM file with a client certificate and its key, as Apple issues them for a bundle ID. */
  issueClientCertificate(topic?: string): string;
  /** Sends GOAWAY on every open connection. */
  goaway(options?: Goaway): void;
  /** Ends every TCP connection without a GOAWAY. */
  disconnect(): void;
  /** Reads and answers nothing any more, like a host cut off from the network; new connections stay silent too. */
  freeze(): void;
  /** Connections made from now on work again. Those that were frozen stay so. */
  thaw(): void;
}

export interface Counters {
  connectionsOpened: number;
  connectionsOpen: number;
  requests: number;
  accepted: number;
  inFlight: number;
  maxInFlight: number;
  bodyBytes: number;
  pings: number;
}

export interface FakeApnsOptions {
  readonly port?: number;
  /** Bundle IDs without suffix. */
  readonly topics?: readonly string[];
  /** Concurrent streams after the first valid token. */
  readonly streamLimit?: number;
  /** Cut the stream limit to 1 with each error answer until the next accepted one. */
  readonly dropLimitOnError?: boolean;
  readonly answer?: Decide;
  /** Every answer waits so long. */
  readonly latencyMs?: number;
  /** Send `apns-unique-id`, as the sandbox does. */
  readonly sandbox?: boolean;
  /** False for benchmarks: headers and sizes are checked, bodies are not read, nothing is remembered. */
  readonly inspect?: boolean;
  /** Where the folder of its keys and certificates is made. Default: where the machine has temporary ones. */
  readonly dir?: string;
  /** Called with each accepted notification. */
  readonly onAccepted?: (request: ReceivedRequest) => void;
  /** Milliseconds since 1970: its clock, by which it judges provider tokens and tells the time. */
  readonly now?: () => number;
}

export const defaultTopic = 'com.example.app';

export async function startFakeApns({
  port = 0,
  topics = [defaultTopic],
  streamLimit = 1000,
  dropLimitOnError = false,
  answer: decide,
  latencyMs = 0,
  sandbox = false,
  inspect = true,
  dir,
  onAccepted,
  now = Date.now,
}: FakeApnsOptions = {}): Promise<FakeApns> {
  const authority = createCertificateAuthority(dir);
  const own = authority.issue();
  const signingKey = createSigningKey(join(authority.directory, 'AuthKey.p8'), 'KEYID12345', 'TEAMID1234');
  const otherKey = createSigningKey(join(authority.directory, 'OtherKey.p8'), 'KEYID67890', 'TEAMID1234');
  const inbox = new Inbox<ReceivedRequest>();
  const received: ReceivedRequest[] = [];
  const scripts = new Map<string, Answer>();
  const sockets = new Map<number, Socket>();
  const connections = new Map<Http2Session, Connection>();
  const counters: Counters = {
    connectionsOpened: 0,
    connectionsOpen: 0,
    requests: 0,
    accepted: 0,
    inFlight: 0,
    maxInFlight: 0,
    bodyBytes: 0,
    pings: 0,
  };
  let frozen = false;

  const handle = createHandler(
    {
      topics: new Set(topics),
      checkToken: createTokenCheck([signingKey, otherKey], now),
      scripts,
      decide,
      inbox,
      inspect,
      sandbox,
      dropLimitOnError,
      onAccepted,
      silent: () => frozen,
      now,
    },
    (request) => {
      counters.accepted += 1;
      if (inspect && request !== undefined) received.push(request);
    },
  );

  const serverOptions: SecureServerOptions & { readonly maxOutstandingSettings: number } = {
    cert: own.certificate,
    key: own.key,
    ca: authority.certificate,
    allowHTTP1: false,
    requestCert: true,
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 1 },
    // `dropLimitOnError` changes them faster than a client can acknowledge.
    maxOutstandingSettings: 10_000,
  };
  const server = createSecureServer(serverOptions);
  server.on('connection', (socket: Socket) => {
    counters.connectionsOpened += 1;
    counters.connectionsOpen += 1;
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => {
      counters.connectionsOpen -= 1;
      sockets.delete(remotePort);
    });
    if (frozen) stopReading(socket);
  });
  server.on('session', (session) => {
    const raw = sockets.get(session.socket.remotePort ?? 0);
    connections.set(session, new Connection(counters.connectionsOpened, session, raw, streamLimit));
    session.on('error', ignore);
    session.on('ping', () => (counters.pings += 1));
    session.once('close', () => connections.delete(session));
  });
  server.on('stream', (stream, headers) => {
    const connection = stream.session && connections.get(stream.session);
    if (connection === undefined) return;
    counters.requests += 1;
    counters.inFlight += 1;
    if (counters.inFlight > counters.maxInFlight) counters.maxInFlight = counters.inFlight;
    connection.add(stream);
    let body: Buffer = Buffer.alloc(0);
    stream.on('error', ignore);
    stream.on('close', () => {
      counters.inFlight -= 1;
      connection.remove(stream);
    });
    stream.on('data', (chunk: Buffer) => {
      counters.bodyBytes += chunk.length;
      body = body.length === 0 ? chunk : Buffer.concat([body, chunk]);
    });
    stream.on('end', () => {
      if (latencyMs > 0) setTimeout(() => handle(connection, stream, headers, body), latencyMs);
      else handle(connection, stream, headers, body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile: authority.file,
    signingKey,
    otherKey,
    received,
    requests: inbox.received,
    counters,
    nextRequest: (matches) => inbox.next(matches),
    script(token, answer) {
      if (answer === undefined) scripts.delete(token);
      else scripts.set(token, answer);
    },
    issueClientCertificate(topic = defaultTopic) {
      const { certificate, key } = authority.issue(appleCertificate(topic));
      const file = join(authority.directory, `client-${topic}.pem`);
      writeFileSync(file, `${certificate}${key}`, { mode: 0o600 });
      return file;
    },
    goaway(options = {}) {
      for (const connection of connections.values()) connection.goaway(options);
    },
    disconnect() {
      for (const connection of connections.values()) connection.disconnect();
    },
    freeze() {
      frozen = true;
      for (const socket of sockets.values()) stopReading(socket);
    },
    thaw() {
      frozen = false;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const session of connections.keys()) session.destroy();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
      authority[Symbol.dispose]();
    },
  };
}

/** A universal certificate as Apple issues it: RSA, the bundle ID as UID, and the marks of both environments. */
export function appleCertificate(topic: string) {
  return {
    subject: `/UID=${topic}/CN=Apple Push Services: ${topic}`,
    hosts: [],
    extensions: ['1.2.840.113635.100.6.3.1=DER:0500', '1.2.840.113635.100.6.3.2=DER:0500'],
    keyType: 'rsa',
  } as const;
}

/** Stops a TCP connection below TLS, where Node has no public word for it: even PINGs get no answer. */
function stopReading(socket: Socket & { readonly _handle?: { readStop(): void } | null }): void {
  socket._handle?.readStop();
}

/** A client that goes away, or resets what it sent, is no trouble of the stand-in's. */
function ignore(): void {}
