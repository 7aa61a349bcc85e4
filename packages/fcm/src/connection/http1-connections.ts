import http from 'node:http';
import type net from 'node:net';
import { addressOf, DialError, DialingAgent } from '@carillon/sending';
import type { Address, DialFault } from '@carillon/sending';
import type { Reply, SendRequest } from './reply.ts';

/** Requests at once, each on a socket of its own. The agent's own limit does not count sockets that are being opened. */
const maxRequests = 128;
const maxBodyLength = 65_536;

export type Http1Reply =
  | Reply
  | { readonly kind: 'fault'; readonly fault: DialFault | 'no_connection' }
  /** The peer greets in HTTP/2. Nothing was processed. */
  | { readonly kind: 'speaks_http2' };

/**
 * Sends over HTTP/1.1 with connections that are kept: for stand-ins and for proxies that hide HTTP/2. One request
 * at a time on each connection.
 */
export class Http1Connections {
  readonly #agent: DialingAgent;
  readonly #target: Address;
  readonly #hostHeader: string;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(origin: URL, dial: () => Promise<net.Socket>) {
    this.#agent = new DialingAgent({ maxFreeSockets: maxRequests }, dial);
    this.#target = addressOf(origin);
    this.#hostHeader = origin.host;
  }

  async post(request: SendRequest, timeoutMs: number): Promise<Http1Reply> {
    const deadline = performance.now() + timeoutMs;
    if (this.#active >= maxRequests) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active += 1;
    try {
      const reply = await this.#try(request, deadline);
      // A kept connection that the peer closed as we wrote on it: nothing was processed, in all likelihood.
      return reply.kind === 'unprocessed' ? await this.#try(request, deadline) : reply;
    } finally {
      this.#active -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Closes the connections. To be called when nothing is in flight. */
  close(): void {
    this.#agent.destroy();
  }

  #try({ path, authorization, body }: SendRequest, deadline: number): Promise<Http1Reply> {
    const left = deadline - performance.now();
    if (left <= 0) return Promise.resolve({ kind: 'fault', fault: 'no_connection' });
    const { promise, resolve } = Promise.withResolvers<Http1Reply>();
    const request = http.request({
      agent: this.#agent,
      ...this.#target,
      method: 'POST',
      path,
      headers: {
        host: this.#hostHeader,
        authorization,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'fault', fault: 'timeout' });
      request.destroy();
    }, left);
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < maxBodyLength) text += chunk;
      });
      response.on('error', ignore); // a body that was cut: `close` follows
      response.once('close', () => {
        clearTimeout(timer);
        const status = response.statusCode ?? 0;
        const { 'retry-after': retryAfter, date } = response.headers;
        if (response.complete || (status >= 200 && status < 300))
          resolve({ kind: 'answer', status, retryAfter, date, body: text });
        else resolve({ kind: 'fault', fault: 'connection_reset' });
      });
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      resolve(replyTo(error, request.reusedSocket && !answered));
    });
    request.end(body);
    return promise;
  }
}

function replyTo(error: Error, mayBeStale: boolean): Http1Reply {
  if (error instanceof DialError) return { kind: 'fault', fault: error.fault };
  if (isHttp2Greeting(error)) return { kind: 'speaks_http2' };
  const { code } = error as NodeJS.ErrnoException;
  if (mayBeStale && (code === 'ECONNRESET' || code === 'EPIPE')) return { kind: 'unprocessed' };
  return { kind: 'fault', fault: 'connection_reset' };
}

/** A server of HTTP/2 alone sends its SETTINGS frame (type 4 on stream 0) before it reads anything. */
function isHttp2Greeting(error: Error): boolean {
  const { rawPacket } = error as Error & { readonly rawPacket?: unknown };
  return Buffer.isBuffer(rawPacket) && rawPacket.length >= 9 && rawPacket.readUIntBE(3, 6) === 0x040000000000;
}

function ignore(): void {
  // `close` follows, and decides.
}
