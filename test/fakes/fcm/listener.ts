import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './keys.ts';

/** One HTTP request, whichever protocol it came by, and the ways to end it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  readonly protocol: Protocol;
  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** RST_STREAM with INTERNAL_ERROR, or with HTTP/1.1 the end of the connection. */
  reset(): void;
  /** RST_STREAM with REFUSED_STREAM; with HTTP/1.1 as `reset`. */
  refuse(): void;
  /** The peer or a GOAWAY ended it: an answer would reach nobody. */
  gone(): boolean;
}

export type Protocol = 'h2' | 'http/1.1';

export interface ListenerOptions {
  /** TLS, or a plain port (h2c by prior knowledge, and HTTP/1.1) without it. */
  readonly certificate?: Certificate;
  readonly protocols: readonly Protocol[];
  readonly port: number;
  /** The address to listen at. Default: the loopback address. */
  readonly host?: string;
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly maxConcurrentStreams: number;
  /** Called with each complete request. */
  readonly onExchange: (exchange: Exchange) => void;
}

export interface Listener {
  readonly port: number;
  readonly counts: ListenerCounts;
  /**
   * GOAWAY on every HTTP/2 connection. Streams in flight beyond the first `processed` of a connection are above
   * its last-stream-id and never answered; the others are answered as if nothing had happened.
   */
  goaway(options?: { readonly code?: number; readonly processed?: number }): void;
  /** Ends every connection without a word, as a crash does. */
  dropConnections(): void;
  close(): Promise<void>;
}

interface ListenerCounts {
  connections: number;
  openConnections: number;
  streamsInFlight: number;
  /** The most streams that were ever open at once on one connection. */
  mostStreams: number;
}

const preface = 'PRI * HTTP/2.0';
/** An honest message has some 5 kB; the limit keeps a runaway test from eating the machine. */
const maxBodyBytes = 1_048_576;

export async function listen(options: ListenerOptions): Promise<Listener> {
  const counts: ListenerCounts = { connections: 0, openConnections: 0, streamsInFlight: 0, mostStreams: 0 };
  const sockets = new Set<net.Socket>();
  const sessions = new Set<Http2Peer>();
  const http1 = http.createServer((request, response) => serveHttp1(request, response, options, counts));

  const speak = (socket: net.Socket, protocol: Protocol): void => {
    if (protocol === 'http/1.1') {
      http1.emit('connection', socket);
      return;
    }
    const peer = new Http2Peer(socket, options, counts);
    sessions.add(peer);
    socket.once('close', () => sessions.delete(peer));
  };
  const accept = (socket: net.Socket): void => {
    counts.connections += 1;
    counts.openConnections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      counts.openConnections -= 1;
      sockets.delete(socket);
    });
  };

  const server =
    options.certificate === undefined
      ? net.createServer((socket) => {
          accept(socket);
          tellProtocol(socket, options.protocols, speak);
        })
      : tls.createServer({ ...options.certificate, ALPNProtocols: [...options.protocols] }, (socket) => {
          accept(socket);
          speak(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1');
        });
  // A client that gives up in the middle of a handshake is no fault of the fake's.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });

  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port, // listens on TCP, so it has one
    counts,
    goaway({ code = 0, processed = Number.POSITIVE_INFINITY } = {}) {
      for (const peer of sessions) peer.goaway(code, processed);
    },
    dropConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropConnections();
      }),
  };
}

/** Tells HTTP/2 by prior knowledge from HTTP/1.1 by its first bytes, which go back unread. */
function tellProtocol(
  socket: net.Socket,
  protocols: readonly Protocol[],
  speak: (socket: net.Socket, protocol: Protocol) => void,
): void {
  const [only, another] = protocols;
  if (only !== undefined && another === undefined) {
    speak(socket, only);
    return;
  }
  socket.once('readable', () => {
    const start = socket.read() as Buffer | null; // bytes: no encoding is set
    if (start === null) return;
    const protocol = start.toString('latin1').startsWith(preface) ? 'h2' : 'http/1.1';
    socket.unshift(start);
    speak(socket, protocol);
  });
}

function serveHttp1(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { onExchange }: ListenerOptions,
  counts: ListenerCounts,
): void {
  counts.streamsInFlight += 1;
  response.once('close', () => {
    counts.streamsInFlight -= 1;
  });
  collect(request, (body) =>
    onExchange({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      protocol: 'http/1.1',
      respond: (status, headers, text) => {
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      reset: () => request.socket.destroy(),
      refuse: () => request.socket.destroy(),
      gone: () => response.destroyed,
    }),
  );
}

/** One HTTP/2 connection of a client. */
class Http2Peer {
  readonly #session: http2.ServerHttp2Session;
  readonly #open = new Set<http2.ServerHttp2Stream>();
  /** Above the last-stream-id of our GOAWAY: the client was told that nobody looked at them. */
  readonly #unprocessed = new Set<http2.ServerHttp2Stream>();
  #leaving = false;

  constructor(socket: net.Socket, options: ListenerOptions, counts: ListenerCounts) {
    const settings = { maxConcurrentStreams: options.maxConcurrentStreams };
    this.#session = http2.performServerHandshake(socket, { settings });
    this.#session.on('error', () => this.#session.destroy());
    this.#session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (this.#leaving) {
        stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      this.#open.add(stream);
      counts.streamsInFlight += 1;
      counts.mostStreams = Math.max(counts.mostStreams, this.#open.size);
      stream.once('close', () => {
        this.#open.delete(stream);
        this.#unprocessed.delete(stream);
        counts.streamsInFlight -= 1;
      });
      collect(stream, (body) => this.#exchange(stream, headers, body, options));
    });
  }

  #exchange(
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    body: string,
    { onExchange }: ListenerOptions,
  ): void {
    onExchange({
      method: headers[':method'] ?? '',
      path: headers[':path'] ?? '',
      headers,
      body,
      protocol: 'h2',
      respond: (status, answerHeaders, text) => {
        stream.respond({ ':status': status, ...answerHeaders });
        stream.end(text);
      },
      reset: () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
      refuse: () => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
      gone: () => stream.destroyed || stream.closed || this.#unprocessed.has(stream),
    });
  }

  goaway(code: number, processed: number): void {
    if (this.#session.destroyed || this.#leaving) return;
    this.#leaving = true;
    const inFlight = [...this.#open];
    const kept = inFlight.slice(0, Math.min(processed, inFlight.length));
    for (const stream of inFlight.slice(kept.length)) this.#unprocessed.add(stream);
    const lastStreamId = kept.at(-1)?.id ?? (inFlight.length > 0 ? 0 : this.#session.state.lastProcStreamID);
    this.#session.goaway(code, lastStreamId ?? 0);
  }
}

function collect(stream: NodeJS.ReadableStream, done: (body: string) => void): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBodyBytes) return;
    if (first === undefined) first = chunk;
    else (rest ??= [first]).push(chunk);
  });
  stream.once('end', () =>
    done(rest === undefined ? (first?.toString() ?? '') : Buffer.concat(rest).toString()),
  );
}
