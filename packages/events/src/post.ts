import http from 'node:http';
import tls from 'node:tls';
import { readRetryAfter } from '@carillon/core';
import {
  addressOf,
  checkedAddresses,
  createAddressRules,
  createResolver,
  DialingAgent,
  dialTls,
  ForbiddenAddress,
  readAuthorities,
} from '@carillon/sending';
import type { PostResult } from './event-queue.ts';

export interface PostOptions {
  /** https. */
  readonly url: URL;
  readonly caFile?: string;
  /** Networks that may be reached although they are private. */
  readonly allowPrivate: readonly string[];
  /** HTTP CONNECT proxy. */
  readonly proxy?: URL;
  readonly timeoutMs?: number;
}

export interface Post {
  /** Never rejects. */
  (body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<PostResult>;
  close(): void;
}

const usualTimeoutMs = 10_000;
/** Statuses of 4xx after which another try may be taken. */
const worthAnotherTry: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Posts to the operator's own system on a connection that is kept. The address is checked for each connection and is the one
 * that is connected to, as with Web Push; a redirect is not followed. Throws a `SettingError` for a bad `ca_file`.
 */
export function createPost({
  url,
  caFile,
  allowPrivate,
  proxy,
  timeoutMs = usualTimeoutMs,
}: PostOptions): Post {
  const rules = createAddressRules(allowPrivate);
  const resolve = createResolver();
  const { ca } = readAuthorities(caFile, Date.now());
  const secureContext = tls.createSecureContext({ ca });
  const to = addressOf(url);
  const agent = new DialingAgent({ maxSockets: 1, timeout: 60_000 }, () =>
    dialTls(to, {
      timeoutMs,
      proxy,
      secureContext,
      alpn: ['http/1.1'],
      resolve: (deadline) => checkedAddresses(to.host, rules, (host) => resolve(host, true), deadline),
    }),
  );

  async function post(
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PostResult> {
    try {
      const { status, retryAfter } = await exchange(body, headers, signal);
      if (status >= 200 && status < 300) return { kind: 'taken' };
      const error = new Error(`The receiver of events answered ${status}`);
      const isFinal = status < 500 && !worthAnotherTry.has(status);
      if (isFinal) return { kind: 'refused', error };
      const notBefore = readRetryAfter(retryAfter, Date.now());
      return {
        kind: 'later',
        error,
        ...(notBefore !== undefined && { afterMs: Math.max(0, notBefore - Date.now()) }),
      };
    } catch (error) {
      if (error instanceof ForbiddenAddress)
        return {
          kind: 'later',
          error: new Error(`${to.host} is a private address: see events.allow_private`),
        };
      return { kind: 'later', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  function exchange(
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly retryAfter: string | undefined }> {
    const { promise, resolve: done, reject } = Promise.withResolvers<Awaited<ReturnType<typeof exchange>>>();
    const request = http.request(
      {
        agent,
        host: to.host,
        port: to.port,
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, 'content-length': Buffer.byteLength(body), ...headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      },
      (response) => {
        const { statusCode = 0, headers: answered } = response;
        done({ status: statusCode, retryAfter: answered['retry-after'] });
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          if ((bytes += chunk.length) > mostAnswerBytes) request.destroy();
        });
        response.on('error', () => undefined); // what it says does not matter, but its status
      },
    );
    request.on('error', reject);
    request.on('close', () => reject(new Error('The receiver of events gave no answer'))); // after an answer or error it changes nothing
    request.end(body);
    return promise;
  }

  return Object.assign(post, { close: () => agent.destroy() });
}

/** More than any honest answer has. */
const mostAnswerBytes = 65_536;
