import http from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type tls from 'node:tls';
import type { TransportFault } from '../answers/answer-row.ts';
import { DialError, DialingAgent, ForbiddenAddress } from '@carillon/sending';
import type { Message } from '../payload/message.ts';

/** What came of one send. */
export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      /** At most `maxAnswerBytes` of it. */
      readonly body: string;
    }
  | { readonly kind: 'fault'; readonly fault: TransportFault };

export interface OriginTiming {
  /** A whole send. */
  readonly sendTimeoutMs: number;
  /** Of an answer whose status is known the rest may take so long. */
  readonly bodyTimeoutMs: number;
  /** A connection that nobody uses for so long is closed. */
  readonly idleTimeoutMs: number;
}

/** Errors of push services have some hundred bytes. */
const maxAnswerBytes = 8_192;

/** The kept connections to one origin: HTTP/1.1 over TLS, one message at a time on each. Follows no redirects. */
export class OriginConnections {
  readonly #agent: DialingAgent;
  readonly #host: string;
  readonly #timing: OriginTiming;

  /** `host`: with the port where it is not 443, as in the `Host` header. */
  constructor(host: string, timing: OriginTiming, dial: () => Promise<tls.TLSSocket>) {
    this.#host = host;
    this.#timing = timing;
    this.#agent = new DialingAgent({ timeout: timing.idleTimeoutMs, scheduling: 'lifo' }, dial);
  }

  async post(message: Message): Promise<Reply> {
    const deadline = performance.now() + this.#timing.sendTimeoutMs;
    const reply = await this.#try(message, deadline);
    // A kept connection that the service closed as we wrote on it: it has read nothing.
    return reply === 'stale' ? asReply(await this.#try(message, deadline)) : reply;
  }

  close(): void {
    this.#agent.destroy();
  }

  #try({ path, headers, body }: Message, deadline: number): Promise<Reply | 'stale'> {
    const { promise, resolve } = Promise.withResolvers<Reply | 'stale'>();
    const request = http.request({
      agent: this.#agent,
      method: 'POST',
      path,
      headers: { host: this.#host, ...headers },
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'fault', fault: 'timeout' });
      request.destroy();
    }, deadline - performance.now());
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(readResponse(response, this.#timing.bodyTimeoutMs));
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      resolve(replyTo(error, request.reusedSocket));
    });
    request.end(body);
    return promise;
  }
}

/** The status decides; the body is read as far as it comes soon and is short, then the connection is given up. */
function readResponse(response: IncomingMessage, timeoutMs: number): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    resolve({
      kind: 'answer',
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString(),
    });
    if (!response.complete) response.destroy();
  };
  const timer = setTimeout(finish, timeoutMs);
  response.on('data', (chunk: Buffer) => {
    if (bytes > maxAnswerBytes) return;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) finish();
  });
  response.on('error', ignore); // a body that was cut: `close` follows
  response.once('end', finish).once('close', finish);
  return promise;
}

function replyTo(error: Error, reused: boolean): Reply | 'stale' {
  if (error instanceof DialError) return { kind: 'fault', fault: error.fault };
  if (error instanceof ForbiddenAddress) return { kind: 'fault', fault: 'address_forbidden' };
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('HPE_')) return { kind: 'fault', fault: 'answer_unreadable' };
  if (reused && (code === 'ECONNRESET' || code === 'EPIPE')) return 'stale';
  return { kind: 'fault', fault: 'connection_reset' };
}

function asReply(reply: Reply | 'stale'): Reply {
  return reply === 'stale' ? { kind: 'fault', fault: 'connection_reset' } : reply;
}

function ignore(): void {
  // `close` follows, and decides.
}
