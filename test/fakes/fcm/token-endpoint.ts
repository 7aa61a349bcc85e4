import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HttpAnswer } from './answers.ts';

/** How the token endpoint answers an exchange, instead of checking it. */
export interface TokenAnswer {
  readonly status?: number;
  /** OAuth error code, such as `invalid_grant`. */
  readonly error?: string;
  readonly errorDescription?: string;
  /** Sent instead of JSON. */
  readonly body?: string;
  readonly hang?: boolean;
  readonly delayMs?: number;
}

export interface TokenEndpointOptions {
  readonly clientEmail: string;
  readonly publicKey: string;
  /** Seconds that a token lives; Google says some 3,600. */
  readonly lifetimeSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const scopes: ReadonlySet<string> = new Set([
  'https://www.googleapis.com/auth/firebase.messaging',
  'https://www.googleapis.com/auth/cloud-platform',
]);
/** Google allows for clocks that differ by some minutes. */
const clockSkewSeconds = 300;

/**
 * Google's OAuth 2.0 token endpoint for service accounts: checks the signed assertion to the letter, hands out
 * access tokens, counts exchanges, and expires or revokes tokens when told to.
 * Source: "Using OAuth 2.0 for Server to Server Applications", HTTP/REST.
 */
export class TokenEndpoint {
  /** `aud` of the assertions. Set when the port is known. */
  audience = '';
  /** Exchanges asked for, refused ones included. */
  exchanges = 0;
  /** Decides an exchange; undefined: check it and hand out a token. */
  answer: (exchange: number) => TokenAnswer | undefined = () => undefined;

  readonly #options: TokenEndpointOptions;
  readonly #publicKey: KeyObject;
  /** Access token → when it expires, milliseconds since 1970. */
  readonly #tokens = new Map<string, number>();

  constructor(options: TokenEndpointOptions) {
    this.#options = options;
    this.#publicKey = createPublicKey(options.publicKey);
  }

  /** Every token handed out so far is refused from now on. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  isValid(accessToken: string): boolean {
    const expiresAt = this.#tokens.get(accessToken);
    return expiresAt !== undefined && this.#options.now() < expiresAt;
  }

  /** The answer to one exchange, or undefined to hang for ever. */
  exchange(body: string): { readonly answer: HttpAnswer; readonly delayMs: number } | undefined {
    this.exchanges += 1;
    const scripted = this.answer(this.exchanges);
    if (scripted?.hang === true) return undefined;
    const delayMs = scripted?.delayMs ?? 0;
    if (scripted?.body !== undefined || scripted?.error !== undefined || scripted?.status !== undefined)
      return { answer: refusal(scripted), delayMs };
    const problem = this.#problem(new URLSearchParams(body));
    if (problem !== undefined) return { answer: refusal(problem), delayMs };

    const accessToken = `ya29.fake-${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(accessToken, this.#options.now() + this.#options.lifetimeSeconds * 1000);
    const answer = {
      access_token: accessToken,
      expires_in: this.#options.lifetimeSeconds,
      token_type: 'Bearer',
    };
    return { answer: json(200, answer), delayMs };
  }

  #problem(form: URLSearchParams): TokenAnswer | undefined {
    if (form.get('grant_type') !== grantType)
      return { error: 'unsupported_grant_type', errorDescription: 'Invalid grant_type' };
    const [header = '', claims = '', signature = '', ...rest] = (form.get('assertion') ?? '').split('.');
    const head = decode(header);
    const claim = decode(claims);
    if (head === undefined || claim === undefined || rest.length > 0)
      return { error: 'invalid_grant', errorDescription: 'Bad Request: malformed assertion' };
    if (head['alg'] !== 'RS256')
      return { error: 'invalid_grant', errorDescription: 'Invalid JWT: alg must be RS256' };
    if (claim['iss'] !== this.#options.clientEmail)
      return { error: 'invalid_grant', errorDescription: 'Invalid grant: account not found' };
    if (
      !verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        this.#publicKey,
        Buffer.from(signature, 'base64url'),
      )
    )
      return { error: 'invalid_grant', errorDescription: 'Invalid JWT Signature.' };
    if (claim['aud'] !== this.audience)
      return { error: 'invalid_grant', errorDescription: 'Invalid JWT: audience does not match' };
    const scope = String(claim['scope']).split(' ');
    if (!scope.some((one) => scopes.has(one)))
      return {
        error: 'invalid_scope',
        errorDescription: 'Invalid OAuth scope or ID token audience provided.',
      };
    return this.#timeProblem(Number(claim['iat']), Number(claim['exp']));
  }

  #timeProblem(iat: number, exp: number): TokenAnswer | undefined {
    const now = this.#options.now() / 1000;
    const inWindow = iat <= now + clockSkewSeconds && exp > now - clockSkewSeconds && exp - iat <= 3600;
    if (inWindow) return undefined;
    return {
      error: 'invalid_grant',
      errorDescription:
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    };
  }
}

function refusal(answer: TokenAnswer): HttpAnswer {
  if (answer.body !== undefined)
    return { status: answer.status ?? 500, headers: { 'content-type': 'text/html' }, body: answer.body };
  return json(answer.status ?? 400, {
    error: answer.error ?? 'internal_failure',
    error_description: answer.errorDescription ?? 'Scripted failure',
  });
}

function json(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  };
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
