import { parseNotifyRequest } from '@carillon/core';
import type { Device, Notification } from '@carillon/core';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { apnsShape } from '../config.ts';
import { isObject } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { createRequestBuilder } from './request.ts';
import type { ApnsRequest } from './request.ts';

/** Recorded requests of Sygnal 0.17.0, beside the repository. What they are: README.md in the same folder. */
const file = join(import.meta.dirname, '../../../../../shared/corpus/sygnal/apns.json');

interface Example {
  readonly name: string;
  readonly apps: Readonly<Record<string, { readonly type: string; readonly topic?: string } | null>>;
  readonly request: unknown;
  readonly answer: { readonly status: number };
  readonly upstream: readonly Upstream[];
  readonly carillon?: {
    readonly allowed: readonly string[] | readonly (readonly string[])[];
    readonly upstream?: readonly Upstream[];
  };
}

interface Upstream {
  readonly path: string;
  readonly 'apns-topic': string;
  readonly 'apns-priority': string;
  readonly 'apns-push-type'?: string;
  readonly payload: unknown;
  readonly refused?: string;
}

test.skipIf(!existsSync(file))('sends what Sygnal sends, but for the listed differences', ({ annotate }) => {
  const examples = JSON.parse(readFileSync(file, 'utf8')) as readonly Example[];
  const differing = examples.flatMap((example) => {
    const difference = compare(example);
    return difference === undefined ? [] : [`${example.name}: ${difference}`];
  });
  void annotate(`${examples.length - differing.length} of ${examples.length} examples are as expected`);
  expect(examples.length).toBeGreaterThan(100);
  expect(differing).toEqual([]);
});

/** What is wrong with our part of an example; undefined for nothing. */
function compare({ apps, request, answer, upstream, carillon }: Example): string | undefined {
  const parsed = parseNotifyRequest(request);
  if (!parsed.ok) return 'cannot be read';
  const { notification, devices } = parsed.request;
  const expected = carillon?.upstream ?? (answer.status === 200 ? upstream : []);
  let next = 0;
  for (const [index, device] of devices.entries()) {
    const app = apps[device.appId];
    if (app?.type !== 'apns') continue;
    const ofDevice = carillon?.allowed[index];
    const allowed = typeof ofDevice === 'object' ? ofDevice : carillon?.allowed;
    const sent = buildFor(app, notification, device);
    if (typeof sent === 'string') {
      if (allowed !== undefined && !allowed.some((way) => String(way).startsWith('answered 200')))
        return sent;
      if (allowed === undefined && expected[next] !== undefined) return sent;
      if (expected.length === devices.length) next += 1;
      continue;
    }
    if (allowed !== undefined && !allowed.some((way) => String(way).startsWith('sent'))) return 'was sent';
    const wanted = expected[next];
    next += 1;
    if (wanted === undefined) {
      if (allowed === undefined) return 'was sent';
      continue; // sent, and nothing is said of what
    }
    const difference = compareRequests(sent, wanted);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function buildFor(app: object, notification: Notification, device: Device): ApnsRequest | string {
  const settings = z.object(apnsShape).parse({ topic: 'com.example.app', ...app });
  const built = createRequestBuilder({
    topic: settings.topic ?? '',
    pushType: settings.push_type,
    callsOnly: false,
    base64: settings.convert_device_token_to_hex,
    sendBadgeCounts: settings.send_badge_counts,
    sound: settings.sound,
    threadId: settings.thread_id,
  })({
    id: 'k7Qx0n2mT1aVb3cWd5eXfA',
    app: device.appId,
    lane: 'high',
    acceptedAt: 0,
    expiresAt: 1_764_000_000_000,
    tries: 0,
    notification,
    device,
  });
  return built.ok ? built.request : built.fault;
}

function compareRequests(sent: ApnsRequest, wanted: Upstream): string | undefined {
  const header = (name: string) => sent.headers[sent.headers.indexOf(name) + 1];
  const pushType = header('apns-push-type');
  const priority = pushType === 'background' ? '5' : wanted['apns-priority'];
  if (`/3/device/${sent.token}` !== wanted.path) return 'another path';
  if (header('apns-topic') !== wanted['apns-topic']) return 'another topic';
  if (header('apns-priority') !== priority) return 'another priority';
  if (pushType !== (wanted['apns-push-type'] ?? pushType)) return 'another push type';
  if (Buffer.byteLength(sent.body) > (pushType === 'voip' ? 5120 : 4096)) return 'too large';
  const payload = withoutOurs(JSON.parse(sent.body), wanted.payload);
  return isSame(payload, wanted.payload) ? undefined : `another payload: ${sent.body.slice(0, 300)}`;
}

/** Less what Carillon adds by design: a sound, a thread, and what wakes the app where Sygnal's push wakes nobody. */
function withoutOurs(ours: unknown, theirs: unknown): unknown {
  if (!isObject(ours) || !isObject(ours['aps'])) return ours;
  const apsOfTheirs = isObject(theirs) ? theirs['aps'] : undefined;
  const { sound: _sound, 'thread-id': _threadId, 'content-available': waking, ...rest } = ours['aps'];
  const wakesToo = isObject(apsOfTheirs) && 'content-available' in apsOfTheirs;
  const aps = { ...rest, ...(wakesToo && { 'content-available': waking }) };
  return apsOfTheirs === undefined && Object.keys(aps).length === 0 ? withoutAps(ours) : { ...ours, aps };
}

function withoutAps({ aps: _aps, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Equal, but that where Sygnal cut a text ours may go on, or end up to one character (of 64 units) earlier. */
function isSame(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === 'string' && typeof theirs === 'string' && ours !== theirs)
    return (
      theirs.length > 400 &&
      (ours.startsWith(theirs) || (theirs.startsWith(ours) && theirs.length - ours.length < 64))
    );
  if (Array.isArray(ours) && Array.isArray(theirs))
    return ours.length === theirs.length && ours.every((one, index) => isSame(one, theirs[index]));
  if (!isObject(ours) || !isObject(theirs)) return isDeepStrictEqual(ours, theirs);
  const keys = Object.keys(ours);
  return keys.length === Object.keys(theirs).length && keys.every((key) => isSame(ours[key], theirs[key]));
}
