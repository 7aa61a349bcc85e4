import http from 'node:http';
import { JWT } from 'google-auth-library';
import type { gaxios } from 'google-auth-library';
import { DialError, parseObject } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import type { TokenFault } from '../answers/answer-row.ts';
import type { Dial } from '../connection/dial.ts';
import type { ServiceAccount } from './service-account.ts';

/** What one exchange with the token endpoint gave. */
export type TokenResult = NewToken | TokenFailure;

export interface NewToken {
  readonly ok: true;
  readonly accessToken: string;
  readonly lifetimeMs: number;
  /** The `Date` header. */
  readonly date?: string;
}

export interface TokenFailure {
  readonly ok: false;
  readonly fault: TokenFault | 'proxy_credentials';
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** OAuth error code, such as `invalid_grant`. */
  readonly error?: string;
  /** The `Date` header. */
  readonly date?: string;
}

export interface TokenExchangeOptions {
  readonly dial: Dial;
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging';
/** Google refuses assertions that live longer. */
const assertionSeconds = 3600;
/** For an answer without `expires_in`; Google's tokens live an hour. */
const usualLifetimeSeconds = 3600;
const maxAnswerBytes = 65_536;

/**
 * Asks for one access token. Never rejects. `google-auth-library` makes and signs the assertion; its own
 * transport does not serve: it knows no token endpoint but one, retries four times, and has no timeout.
 */
export async function exchangeToken(
  account: ServiceAccount,
  options: TokenExchangeOptions,
): Promise<TokenResult> {
  let failure: TokenFailure = { ok: false, fault: 'token_endpoint_failed' };
  let lifetimeMs = usualLifetimeSeconds * 1000;
  let date: string | undefined;
  const adapter = async <T>(config: gaxios.GaxiosOptionsPrepared): Promise<gaxios.GaxiosResponse<T>> => {
    const form = config.data instanceof URLSearchParams ? config.data.toString() : '';
    const answer = await postForm(new URL(account.tokenUri), form, options).catch(noAnswer);
    if (typeof answer === 'string') {
      failure = { ok: false, fault: answer };
      throw new Error(failure.fault);
    }
    ({ date } = answer);
    const data = parseObject(answer.body) ?? {};
    if (answer.status !== 200 || !isToken(data['access_token'])) {
      failure = readRefusal(answer.status, data);
      throw new Error(failure.fault);
    }
    const seconds = Number(data['expires_in']);
    if (seconds > 0) lifetimeMs = seconds * 1000;
    return Object.assign(new Response(answer.body), { config, data: data as T });
  };
  const iat = Math.floor(options.now() / 1000);
  const client = new JWT({
    email: account.clientEmail,
    key: account.privateKey,
    scopes: scope,
    additionalClaims: { aud: account.tokenUri, iat, exp: iat + assertionSeconds },
    transporterOptions: { adapter, retryConfig: { retry: 0 } },
    useAuthRequestParameters: false, // they log requests, assertion included, if the environment says so
  });
  const accessToken = await client.authorize().then(
    (credentials) => credentials.access_token,
    () => undefined, // the library's error quotes the request
  );
  const result = typeof accessToken === 'string' ? ({ ok: true, accessToken, lifetimeMs } as const) : failure;
  return date === undefined ? result : { ...result, date };
}

/** That of the proxy is the operator's to mend, whatever was asked through it. */
function noAnswer(error: unknown): TokenFailure['fault'] {
  return error instanceof DialError && error.fault === 'proxy_credentials'
    ? error.fault
    : 'token_endpoint_unreachable';
}

/**
 * OAuth's `error`, and what Google says beside it: wrong clock, or a key that is gone.
 * Source: "Using OAuth 2.0 for Server to Server Applications", JWT error codes.
 */
function readRefusal(status: number, data: JsonObject): TokenFailure {
  const { error: code, error_description: text } = data;
  const error = typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
  return {
    ok: false,
    fault: faultOf(status, error, typeof text === 'string' ? text : ''),
    status,
    ...(error !== undefined && { error }),
  };
}

function faultOf(status: number, error: string | undefined, description: string): TokenFault {
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (!isRefusal) return 'token_endpoint_failed';
  if (error === 'invalid_client' || error === 'unauthorized_client' || error === 'deleted_client')
    return 'token_key_unknown';
  if (error !== 'invalid_grant') return 'token_refused';
  if (/signature|account not found|not found|disabled|deleted/i.test(description)) return 'token_key_unknown';
  if (/short-lived|timeframe|\biat\b|\bexp\b|expired/i.test(description)) return 'token_clock_wrong';
  return 'token_refused';
}

/** Whatever else came could not stand in a header. */
function isToken(value: unknown): boolean {
  return typeof value === 'string' && /^[!-~]+$/.test(value);
}

interface FormAnswer {
  readonly status: number;
  readonly date: string | undefined;
  readonly body: string;
}

/** One POST on a connection of its own; there is one an hour. Rejects when there is no answer in time. */
async function postForm(url: URL, form: string, options: TokenExchangeOptions): Promise<FormAnswer> {
  const { dial, timeoutMs, signal } = options;
  const deadline = performance.now() + timeoutMs;
  const socket = await dial(url, ['http/1.1'], { timeoutMs, signal });
  const giveUp = (): void => void socket.destroy();
  const timer = setTimeout(giveUp, deadline - performance.now());
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      const request = http.request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(form),
          connection: 'close',
        },
        createConnection: () => socket,
      });
      request.once('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < maxAnswerBytes) body += chunk;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, date: response.headers.date, body }),
        );
        response.once('close', () => reject(new Error('The answer was cut'))); // after `end` it changes nothing
        response.on('error', reject);
      });
      request.on('error', reject);
      request.once('close', () => reject(new Error('There is no answer'))); // after one it changes nothing
      request.end(form);
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}
