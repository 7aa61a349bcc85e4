import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createCertificateAuthority } from '../certificates.ts';
import { checkRequest } from './checks.ts';
import { Inbox } from '../inbox.ts';
import { newPath, newReceiverKeys } from './subscription.ts';
import type { HttpAnswer, WebPushAnswer } from './answers.ts';
import type { ReceiverKeys } from './decrypt.ts';
import type { WebPushMessage } from './message.ts';
import type { Subscription } from './subscription.ts';

/** Decides the answer to a message; undefined: 201. */
export type Decide = (message: WebPushMessage) => WebPushAnswer | undefined;

export interface FakeWebPushOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Where it listens. Default 127.0.0.1. */
  readonly address?: string;
  /** Names of its certificate; the first is that of its endpoints. Default `localhost` and the loopback addresses. */
  readonly hosts?: readonly string[];
  /** Milliseconds before an answer; default 0. */
  readonly latencyMs?: number;
  /** Default both. */
  readonly protocols?: readonly ('h2' | 'http/1.1')[];
  readonly answer?: Decide;
  readonly onAccepted?: (message: WebPushMessage) => void;
  /** Where the folder of its certificates is made. Default: where the machine has temporary ones. */
  readonly dir?: string;
  /** False: keeps no messages, for long runs. */
  readonly keep?: boolean;
}

export interface SubscriptionOptions {
  readonly host?: string;
  readonly vapidKey?: string;
  readonly keys?: ReceiverKeys;
  readonly path?: string;
}

export interface FakeWebPush extends AsyncDisposable {
  readonly port: number;
  /** `https://host:port` of its endpoints. */
  readonly origin: string;
  /** PEM of its authority. */
  readonly caFile: string;
  readonly certificate: string;
  makeSubscription(options?: SubscriptionOptions): Subscription;
  /** An endpoint of UnifiedPush that takes messages as they are. Its pushkey is its URL. */
  makeUnifiedPushEndpoint(options?: Pick<SubscriptionOptions, 'host' | 'path'>): Subscription;
  /** Fixes the answers of one subscription; undefined: as usual again. */
  script(subscription: { readonly path: string }, answer: WebPushAnswer | Decide | undefined): void;
  /** Messages that passed the checks, whatever the answer. */
  readonly messages: Inbox<WebPushMessage>;
  /** What broke a rule, in words. */
  readonly violations: readonly string[];
  /** Method and path of requests that were for no subscription. */
  readonly strays: readonly string[];
  /** TCP connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Starts a push service that breaks no rule and forgives none. */
export async function startFakeWebPush(options: FakeWebPushOptions = {}): Promise<FakeWebPush> {
  const { address = '127.0.0.1', hosts = ['localhost', '127.0.0.1', '::1'], keep = true } = options;
  const authority = createCertificateAuthority(options.dir);
  const subscriptions = new Map<string, Subscription>();
  const scripts = new Map<string, Decide>();
  const attempts = new Map<string, number>();
  const messages = new Inbox<WebPushMessage>();
  const violations: string[] = [];
  const strays: string[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let connections = 0;

  const server = createServer(options.protocols ?? ['h2', 'http/1.1'], authority.issue({ hosts }));
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', ignore).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', ignore); // a client that does not trust us, or a probe
  server.on('request', (request: Request, response: Response) => {
    request.on('error', ignore);
    response.on('error', ignore);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => respond(request, response, Buffer.concat(chunks)));
  });
  server.listen(options.port ?? 0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function respond(request: Request, response: Response, body: Buffer): void {
    const headers = flatHeaders(request.headers);
    const { method = '', url: path = '' } = request;
    const subscription = subscriptions.get(path);
    if (subscription === undefined) {
      strays.push(`${method} ${path}`);
      answer(request, response, { status: 404 });
      return;
    }
    const origin = `https://${headers[':authority'] ?? headers['host']}`;
    const checked = checkRequest({ method, origin, headers, body }, subscription, Date.now());
    if (!checked.ok) {
      violations.push(checked.problem);
      answer(request, response, checked.answer);
      return;
    }
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    const { plaintext, vapid } = checked;
    const { urgency, topic } = headers;
    const message: WebPushMessage = {
      path,
      attempt,
      ttl: Number(headers['ttl']),
      ...(urgency !== undefined && { urgency }),
      ...(topic !== undefined && { topic }),
      headers,
      plaintext,
      ...(vapid !== undefined && { vapid }),
      protocol: request.httpVersionMajor === 2 ? 'h2' : 'http/1.1',
      at: Date.now(),
    };
    if (keep) messages.put(message);
    const decided = (scripts.get(path) ?? options.answer)?.(message) ?? accepted(message, port);
    if ('status' in decided && decided.status >= 200 && decided.status < 300) {
      if (keep) subscription.inbox.put(message);
      options.onAccepted?.(message);
    }
    answer(request, response, decided);
  }

  function answer(request: Request, response: Response, decided: WebPushAnswer): void {
    if ('hang' in decided) return;
    if ('disconnect' in decided) {
      if (request instanceof http2.Http2ServerRequest) request.stream.session?.destroy();
      else request.socket.destroy();
      return;
    }
    const { latencyMs = 0 } = options;
    if (latencyMs === 0) write(response, decided);
    else after(latencyMs, () => write(response, decided));
  }

  function write(response: Response, { status, headers = {}, body = '', slowBody }: HttpAnswer): void {
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (slowBody === true) drip(response);
    else response.end(body);
  }

  function drip(response: Response): void {
    if (response.destroyed) return;
    // The two kinds of response have the same `write`, but its overloads do not unify.
    (response as { write(chunk: string): boolean }).write('.');
    after(50, () => drip(response));
  }

  function after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  }

  function add(folder: 'wp' | 'up', { host, path = newPath(folder), keys, vapidKey }: SubscriptionOptions) {
    const endpoint = `https://${host ?? hosts[0]}:${port}${path}`;
    const subscription: Subscription = {
      path,
      pushkey: keys === undefined ? endpoint : keys.ecdh.getPublicKey('base64url'),
      data: { endpoint, auth: keys?.auth.toString('base64url') ?? '' },
      inbox: new Inbox(),
      ...(keys !== undefined && { keys }),
      ...(vapidKey !== undefined && { vapidKey }),
    };
    subscriptions.set(path, subscription);
    return subscription;
  }

  async function close(): Promise<void> {
    messages.close();
    for (const { inbox } of subscriptions.values()) inbox.close();
    for (const timer of timers) clearTimeout(timer);
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    authority[Symbol.dispose]();
  }

  return {
    port,
    origin: `https://${hosts[0]}:${port}`,
    caFile: authority.file,
    certificate: authority.certificate,
    makeSubscription: ({ keys = newReceiverKeys(), ...rest } = {}) => add('wp', { keys, ...rest }),
    makeUnifiedPushEndpoint: (rest = {}) => add('up', rest),
    script({ path }, scripted) {
      if (scripted === undefined) scripts.delete(path);
      else scripts.set(path, typeof scripted === 'function' ? scripted : () => scripted);
    },
    messages,
    violations,
    strays,
    get connections() {
      return connections;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Request = http2.Http2ServerRequest | IncomingMessage;
type Response = http2.Http2ServerResponse | ServerResponse;

function createServer(
  protocols: readonly string[],
  { certificate: cert, key }: { readonly certificate: string; readonly key: string },
) {
  return protocols.includes('h2')
    ? http2.createSecureServer({ cert, key, allowHTTP1: protocols.includes('http/1.1') })
    : https.createServer({ cert, key });
}

function accepted({ path, ttl }: WebPushMessage, port: number): HttpAnswer {
  return {
    status: 201,
    headers: { location: `https://localhost:${port}/m${path}`, ttl: String(Math.min(ttl, 2_592_000)) },
  };
}

function flatHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function ignore(): void {
  // The other side went away; `close` follows.
}
