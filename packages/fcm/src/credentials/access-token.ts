import type { NewToken, TokenFailure, TokenResult } from './token-exchange.ts';

/** An `authorization` header, or why there is none. */
export type Authorization =
  | { readonly ok: true; readonly header: string }
  | { readonly ok: false; readonly fault: TokenFailure['fault'] };

export interface AccessTokenOptions {
  /** Asks the token endpoint. Never rejects. */
  readonly exchange: () => Promise<TokenResult>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  onFailed(result: TokenFailure, inHand: boolean): void;
}

/** Renewed so long before the end, or in the last quarter of a token that lives shortly. */
const renewAheadMs = 300_000;
/** A token is not used in the very last moments: the request has to arrive, too. */
const lastMomentsMs = 5_000;
/** After a failed renewal the endpoint is left alone for so long, while the old token serves. */
const renewalPauseMs = 30_000;
/** After a failure without a token in hand: a crowd of sends must not become a crowd of exchanges. */
const failurePauseMs = 1_000;
/** Refused although new: another new one within this time would be refused as well. */
const rejectionPauseMs = 60_000;

/**
 * The access token of one app.
 *
 *   none      the first send asks for one, all others wait for the same exchange
 *   fresh     used as it is
 *   ageing    within five minutes of its end: used, while one exchange runs in the background; if that fails, the
 *             token serves until it has expired
 *   expired   as none
 */
export class AccessToken {
  readonly #options: AccessTokenOptions;
  #current: (Authorization & { readonly ok: true }) | undefined;
  #usableUntil = 0;
  #renewAt = 0;
  #exchange: Promise<Authorization> | undefined;
  /** The last failure, repeated to all who ask until then. */
  #failure: { readonly result: Authorization; readonly until: number } | undefined;
  /** The token that came of a refusal by FCM, and when. */
  #secondTry: { readonly header: string; readonly at: number } | undefined;

  constructor(options: AccessTokenOptions) {
    this.#options = options;
  }

  /** The header to send with, at once while there is a valid token. */
  get(): Authorization | Promise<Authorization> {
    const now = this.#options.now();
    if (this.#current !== undefined && now < this.#usableUntil) {
      if (now >= this.#renewAt && this.#exchange === undefined) void this.#renew(); // in the background; never rejects
      return this.#current;
    }
    if (this.#failure !== undefined && now < this.#failure.until) return this.#failure.result;
    return this.#renew();
  }

  /**
   * FCM refused this header: the next one to try, or undefined where a new one would not help. If it is no longer
   * the current one, somebody has renewed it already.
   */
  async afterRefusal(header: string): Promise<Authorization | undefined> {
    if (this.#current !== undefined && this.#current.header !== header) return this.get();
    const now = this.#options.now();
    if (this.#secondTry?.header === header && now < this.#secondTry.at + rejectionPauseMs) return undefined;
    const renewed = await this.#renew();
    if (renewed.ok) this.#secondTry = { header: renewed.header, at: now };
    return renewed;
  }

  /** One exchange at a time, however many ask. */
  #renew(): Promise<Authorization> {
    this.#exchange ??= this.#options.exchange().then((result) => {
      this.#exchange = undefined;
      return result.ok ? this.#accept(result) : this.#fail(result);
    });
    return this.#exchange;
  }

  #accept({ accessToken, lifetimeMs }: NewToken): Authorization {
    const now = this.#options.now();
    this.#current = { ok: true, header: `Bearer ${accessToken}` };
    this.#usableUntil = now + lifetimeMs - Math.min(lastMomentsMs, lifetimeMs / 4);
    this.#renewAt = now + lifetimeMs - Math.min(renewAheadMs, lifetimeMs / 4);
    this.#failure = undefined;
    return this.#current;
  }

  #fail(result: TokenFailure): Authorization {
    const now = this.#options.now();
    const authorization = { ok: false, fault: result.fault } as const;
    const inHand = this.#current !== undefined && now < this.#usableUntil;
    this.#renewAt = now + renewalPauseMs;
    this.#failure = { result: authorization, until: now + failurePauseMs };
    this.#options.onFailed(result, inHand);
    return authorization;
  }
}
