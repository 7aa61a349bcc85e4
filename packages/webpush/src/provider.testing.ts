import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider, ProviderContext } from '@carillon/core';
import { z } from 'zod';
import { webpushShape } from './config.ts';
import { createWebPushProvider } from './provider.ts';
import type { WebPushSettings } from './config.ts';
import type { WebPushParts } from './provider.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface TestContext extends ProviderContext {
  readonly logged: LogLine[];
  readonly opened: string[];
  readonly closed: string[];
  readonly unknown: number[];
  /** Moves the clock, milliseconds. */
  readonly advance: (ms: number) => void;
}

/** A context that remembers what was said. */
function testContext(proxy?: URL): TestContext {
  // Stands still, at a whole second, but for `advance`.
  let now = Math.floor(Date.now() / 1_000) * 1_000;
  const logged: LogLine[] = [];
  const opened: string[] = [];
  const closed: string[] = [];
  const unknown: number[] = [];
  const log = (level: LogLine['level']) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  return {
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    observer: {
      connectionOpened: (app) => opened.push(app),
      connectionClosed: (_app, reason) => closed.push(reason),
      unknownAnswer: (_app, status) => unknown.push(status),
    },
    now: () => now,
    fingerprint: () => 'fingerprint',
    ...(proxy !== undefined && { proxy }),
    logged,
    opened,
    closed,
    unknown,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A new VAPID key as a file. */
export function vapidKeyFile(namedCurve = 'P-256'): { readonly path: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-vapid-'));
  const path = join(directory, 'vapid.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  writeFileSync(path, privateKey.export({ type: 'sec1', format: 'pem' }));
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

export function settingsFrom(fields: Readonly<Record<string, unknown>>): WebPushSettings {
  return z.object(webpushShape).parse({ vapid_contact: 'mailto:ops@example.com', ...fields });
}

export interface TestSender extends AsyncDisposable {
  readonly provider: Provider;
  readonly context: TestContext;
}

/** A sender with a key of its own. Names lead to this machine unless `parts` say otherwise. */
export function testSender(
  settings: Readonly<Record<string, unknown>>,
  parts: WebPushParts = {},
  proxy?: URL,
): TestSender {
  using key = vapidKeyFile();
  const context = testContext(proxy);
  const provider = createWebPushProvider(
    { name: 'app', settings: settingsFrom({ vapid_private_key: key.path, ...settings }) },
    context,
    { resolve: () => Promise.resolve(['127.0.0.1']), ...parts },
  );
  return { provider, context, [Symbol.asyncDispose]: () => provider.close() };
}
