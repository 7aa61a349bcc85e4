import { deliveryIdentity, laneOf, parseNotifyRequest } from '@carillon/core';
import type { Delivery, NotifyRequest, Outcome, Provider, ProviderModule } from '@carillon/core';
import { parseConfig } from '@carillon/runtime';
import { createHash } from 'node:crypto';
import { providers } from '../../script/generate/providers.ts';
import { recordingContext } from '../fakes/apns/context.ts';
import { goldenCases } from './cases.ts';
import type { Fields, GoldenCase, ProviderName } from './golden-case.ts';
import { usualDevices, usualSettings } from './devices.ts';
import { startStandIns } from './stand-ins.ts';
import type { Received, StandIn } from './stand-ins.ts';

/** What a golden file holds. */
export interface GoldenFile {
  readonly shows: string;
  /** The app's settings, but for its credentials. */
  readonly app: Fields;
  /** The body of the notify request. */
  readonly request: unknown;
  /** What the provider received. */
  readonly upstream: readonly Received[];
  readonly outcome: Fields;
}

function moduleOf(type: ProviderName): ProviderModule {
  const found = providers.find(({ module }) => module.types[0] === type);
  if (found === undefined) throw new Error(`script/generate/providers.ts has no provider ${type}`);
  return found.module;
}

export function pathOf({ provider, name }: GoldenCase): string {
  return `test/golden/files/${provider}/${name}.json`;
}

/**
 * Sends every case through its provider's module to a stand-in, and gives the texts of the golden files by their
 * paths from the root. Throws when a stand-in refuses a message: what it refuses no provider would take.
 */
export async function recordGoldenFiles(): Promise<ReadonlyMap<string, string>> {
  await using stack = new AsyncDisposableStack();
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const standIns = stack.use(await startStandIns(now));
  const context = recordingContext({ now: () => now });
  const senders = new Map<string, Provider>();
  const files = new Map<string, string>();

  for (const one of goldenCases) {
    const { provider: type, shows, notification } = one;
    const standIn = standIns.of[type];
    const app = { type, ...usualSettings[type], ...one.settings };
    const key = JSON.stringify(app);
    const sender = senders.get(key) ?? stack.adopt(createSender(type, app, standIn), (made) => made.close());
    senders.set(key, sender);

    const device = deviceOf(one);
    const request: unknown = JSON.parse(
      JSON.stringify({ notification: { ...notification, devices: [device] } }),
    );
    const delivery = deliveryOf(one, read(request), read(standIns.readdressed(request)), now);
    const before = standIn.received().length;
    const problem = moduleOf(type).unusable?.(delivery.device);
    const outcome =
      problem === undefined
        ? outcomeOf(await sender.send(delivery))
        : { kind: 'rejected at the door', reason: problem };
    if (standIn.refused() > 0) throw new Error(`${pathOf(one)}: the stand-in for ${type} refuses it`);
    const file: GoldenFile = { shows, app, request, upstream: standIn.received().slice(before), outcome };
    if (files.has(pathOf(one))) throw new Error(`${pathOf(one)} is there twice`);
    files.set(pathOf(one), `${JSON.stringify(file, null, 2)}\n`);
  }
  return files;

  function createSender(type: ProviderName, app: Fields, { settings }: StandIn): Provider {
    const config = { redis: { url: 'redis://127.0.0.1' }, apps: { app: { ...app, ...settings } } };
    const source = { path: 'golden', appTypes: [moduleOf(type)] };
    const [parsed] = parseConfig(JSON.stringify(config), source).apps;
    if (parsed === undefined) throw new Error('A configuration without apps was read');
    return moduleOf(type).create({ name: parsed.name, settings: parsed.settings }, context);
  }
}

/** The usual device under what the case says; `data` for browsers are added to, unless they name the endpoint. */
function deviceOf({ provider, device = {} }: GoldenCase): Fields {
  const usual = usualDevices[provider];
  const { data } = device;
  const isWhole = provider !== 'webpush' || 'pushkey' in device || isRegistration(data);
  return {
    ...usual,
    ...device,
    ...(typeof data === 'object' && !isWhole && { data: { ...(usual['data'] as Fields), ...data } }),
  };
}

function isRegistration(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'endpoint' in data;
}

function read(body: unknown): NotifyRequest {
  const parsed = parseNotifyRequest(body);
  if (!parsed.ok) throw new Error(parsed.problem.error);
  return parsed.request;
}

/** As the ingress makes it, but for the id of what is no event, which is random there. */
function deliveryOf(
  { name, provider: type }: GoldenCase,
  { eventKey, devices: [device] }: NotifyRequest,
  readdressed: NotifyRequest,
  now: number,
): Delivery {
  const [target] = readdressed.devices;
  if (device === undefined || target === undefined) throw new Error(`${name} has no device`);
  const lane = laneOf(readdressed.notification);
  return {
    id:
      eventKey === undefined
        ? createHash('md5').update(name).digest('base64url')
        : deliveryIdentity(eventKey, device),
    app: 'app',
    lane,
    acceptedAt: now,
    expiresAt: now + (lane === 'calls' ? 30_000 : 86_400_000),
    tries: 0,
    notification: moduleOf(type).trim(readdressed.notification),
    device: target,
  };
}

/** Without the provider's name for the message. */
function outcomeOf(outcome: Outcome): Fields {
  const { kind, reason } = outcome;
  return { kind, reason, ...(outcome.kind === 'dead' && { suspect: outcome.suspect }) };
}
