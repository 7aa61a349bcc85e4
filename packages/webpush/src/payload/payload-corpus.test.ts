import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNotifyRequest } from '@carillon/core';
import type { Delivery, Device } from '@carillon/core';
import { expect, test } from 'vitest';
import { openMessage } from '../../../../test/fakes/webpush/decrypt.ts';
import { keysFrom } from '../../../../test/fakes/webpush/subscription.ts';
import { createEndpointRules } from '../connection/endpoint-rules.ts';
import { isObject } from '@carillon/sending';
import { buildMessage } from './message.ts';
import { readRegistration, unusable } from '../registration.ts';
import { otherService } from '../connection/services.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { settingsFrom } from '../provider.testing.ts';
import { createVapid } from '../credentials/vapid.ts';
import type { Message } from './message.ts';

/** Recorded notify requests and what Sygnal sent for them, where the corpus lies beside the repository. */
const corpus = join(import.meta.dirname, '../../../../../shared/corpus/sygnal/webpush.json');

interface Example {
  readonly name: string;
  readonly apps: Readonly<Record<string, { readonly type: string } & Record<string, unknown>>>;
  readonly request: unknown;
  readonly upstream: readonly Upstream[];
  readonly private_keys?: Readonly<Record<string, string>>;
  readonly carillon?: {
    readonly allowed?: readonly (string | readonly string[])[];
    readonly upstream?: readonly Upstream[];
  };
}

interface Upstream {
  readonly path: string;
  readonly ttl: string;
  readonly urgency: string;
  readonly topic?: string;
  readonly payload: unknown;
  readonly refused?: string;
}

test.skipIf(!existsSync(corpus))('sends what Sygnal sends, for each recorded request', ({ annotate }) => {
  const examples = JSON.parse(readFileSync(corpus, 'utf8')) as readonly Example[];
  const differences = examples.flatMap((example) =>
    differencesOf(example).map((text) => `${example.name}: ${text}`),
  );
  const differing = new Set(differences.map((text) => text.slice(0, text.indexOf(':')))).size;
  void annotate(`${examples.length - differing} of ${examples.length} examples match`);
  expect(differences).toEqual([]);
});

function differencesOf(example: Example): readonly string[] {
  const parsed = parseNotifyRequest(example.request);
  if (!parsed.ok) return [`cannot be read: ${parsed.problem.error}`];
  const { notification, devices } = parsed.request;
  return devices.flatMap((device) => {
    const app = example.apps[device.appId];
    if (app?.type !== 'webpush') return [];
    const { type: _, ...settings } = app;
    const end = carillonSends({ ...makeDelivery(), notification, device }, settings);
    const allowed = example.carillon?.allowed?.flat() ?? [];
    const endpoint = device.data?.['endpoint'];
    const expected = (example.carillon?.upstream ?? example.upstream).find(
      ({ path }) => typeof endpoint === 'string' && path === URL.parse(endpoint)?.pathname,
    );
    if (typeof end === 'string')
      return allowed.includes(end) || (expected === undefined && end === 'answered 200, not sent')
        ? []
        : [end];
    if (expected === undefined) return allowed.includes('sent') ? [] : ['sent, though Sygnal sends nothing'];
    return compare(end, expected, device, example);
  });
}

/** A message, or in the words of the corpus why there is none. */
function carillonSends(delivery: Delivery, settings: Readonly<Record<string, unknown>>): Message | string {
  const { device } = delivery;
  const registration = readRegistration(device);
  if (unusable(device) !== undefined || !registration.ok) return 'answered 200, pushkey rejected';
  const { allowed_endpoints: hosts, ttl } = settingsFrom({
    vapid_private_key: 'vapid.pem',
    allowed_endpoints: ['push.example.com'],
    ...settings,
  });
  const { subscription } = registration;
  if (createEndpointRules(hosts).match(subscription.endpoint) === undefined) return 'answered 200, not sent';
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const vapid = createVapid({
    privateKey: createPrivateKey(privateKey),
    contact: 'mailto:ops@example.com',
    now: Date.now,
  });
  const rules = { ttlMs: ttl, vapid, topicKey: Buffer.from('key') };
  const built = buildMessage(delivery, subscription, otherService, rules, Date.now());
  return built.ok ? built.message : 'answered 200, not sent';
}

function compare(
  { path, headers, body }: Message,
  expected: Upstream,
  device: Device,
  { private_keys: keys = {} }: Example,
): readonly string[] {
  const differences: string[] = [];
  const same = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) differences.push(`${what} is ${String(ours)}, not ${String(theirs)}`);
  };
  same('path', path, expected.path);
  same('TTL', headers['ttl'], expected.ttl);
  // Sygnal says `normal` of what is urgent too.
  if (headers['urgency'] !== 'high') same('Urgency', headers['urgency'], expected.urgency);
  same('Topic', headers['topic'] !== undefined, expected.topic !== undefined);
  if (body.length > 4096) differences.push(`body of ${body.length} bytes`);
  const key = keys[path.slice(path.lastIndexOf('/') + 1)] ?? '';
  const opened = openMessage(body, keysFrom(key, String(device.data?.['auth'])));
  if (!opened.ok) return [...differences, opened.problem];
  const ours: unknown = JSON.parse(opened.plaintext.toString());
  // What a service refused of Sygnal for its size comes shorter, and is else the same.
  const theirs =
    expected.refused === undefined
      ? expected.payload
      : { ...(expected.payload as object), content: undefined };
  const compared = expected.refused === undefined ? ours : { ...(ours as object), content: undefined };
  expect.soft(compared).toEqual(theirs);
  if (expected.refused !== undefined && isObject(ours) && isObject(ours['content'])) {
    const text = String(ours['content']['body']);
    const whole = (expected.payload as { content: { body: string } }).content.body;
    if (text !== whole && (!text.endsWith('…') || !whole.startsWith(text.slice(0, -1))))
      differences.push('body is not the beginning of the body');
  }
  return differences;
}
