import type { Provider, ProviderContext, ProviderObserver } from '@carillon/core';
import { z } from 'zod';
import { fcmShape } from './config.ts';
import { connectionTiming } from './connection/connections.ts';
import { createFcmProvider } from './provider.ts';
import type { FcmSettings } from './config.ts';
import type { FcmTiming } from './provider.ts';

/** Where a test's sender sends to: what of a fake it needs to know. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly serviceAccountFile: string;
  readonly caFile?: string;
  close(): Promise<void>;
}

/** What a test of the sender works with: a sender, the stand-in it talks to, and what it said. */
export interface SenderSetup<Fake extends StandIn> extends AsyncDisposable {
  readonly fcm: Fake;
  readonly provider: Provider;
  readonly logged: readonly LogLine[];
  readonly observed: Observed;
  /** Moves the clock of the sender and of the stand-in, milliseconds. */
  readonly advance: (ms: number) => void;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface SenderOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly timing?: Partial<FcmTiming>;
  readonly proxy?: URL;
}

/** A sender of an app whose endpoint and token endpoint are a stand-in of its own. */
export async function setupSender<Fake extends StandIn>(
  start: (now: () => number) => Promise<Fake>,
  options: SenderOptions = {},
): Promise<SenderSetup<Fake>> {
  const { context, logged, observed, advance } = testContext(options.proxy);
  const fcm = await start(context.now);
  const settings = settingsFor(fcm, options.settings);
  const times = {
    ...connectionTiming,
    sendTimeoutMs: 10_000,
    tokenTimeoutMs: 10_000,
    totalTimeoutMs: 15_000,
    ...options.timing,
  };
  const provider = createFcmProvider({ name: 'app', settings }, context, times);
  return {
    fcm,
    provider,
    logged,
    observed,
    advance,
    [Symbol.asyncDispose]: async () => {
      // A test that hangs on purpose has sends under way: they end when the stand-in does.
      await Promise.all([provider.close(), fcm.close()]);
    },
  };
}

export function settingsFor(
  fcm: Pick<StandIn, 'url' | 'serviceAccountFile' | 'caFile'>,
  more: Readonly<Record<string, unknown>> = {},
): FcmSettings {
  return z.object(fcmShape).parse({
    service_account_file: fcm.serviceAccountFile,
    endpoint: fcm.url,
    ...(fcm.caFile !== undefined && { ca_file: fcm.caFile }),
    ...more,
  });
}

/** What the sender reported to its observer. */
export class Observed {
  readonly opened: string[] = [];
  /** Why connections ended. */
  readonly closed: string[] = [];
  readonly unknown: number[] = [];
  #taken = 0;
  #waiting: ((reason: string) => void) | undefined;

  connectionClosed(reason: string): void {
    this.closed.push(reason);
    if (this.#waiting === undefined) return;
    this.#taken += 1;
    this.#waiting(reason);
    this.#waiting = undefined;
  }

  /** Why the next connection ended, of those that no earlier call has told of. */
  nextClosed(): Promise<string> {
    const past = this.closed[this.#taken];
    if (past !== undefined) {
      this.#taken += 1;
      return Promise.resolve(past);
    }
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

export function testContext(proxy?: URL): {
  readonly context: ProviderContext;
  readonly logged: LogLine[];
  readonly observed: Observed;
  readonly advance: (ms: number) => void;
} {
  let ahead = 0;
  const logged: LogLine[] = [];
  const observed = new Observed();
  const log = (level: LogLine['level']) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const observer: ProviderObserver = {
    connectionOpened: (app) => observed.opened.push(app),
    connectionClosed: (_app, reason) => observed.connectionClosed(reason),
    unknownAnswer: (_app, status) => observed.unknown.push(status),
  };
  return {
    context: {
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      observer,
      now: () => Date.now() + ahead,
      fingerprint: () => 'fingerprint',
      ...(proxy !== undefined && { proxy }),
    },
    logged,
    observed,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
