import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { parseNotifyRequest, SettingError } from '@carillon/core';
import type { Delivery, Outcome, ProviderContext } from '@carillon/core';
import { parseConfig } from '@carillon/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { providers } from '../../script/generate/providers.ts';
import { recordingContext } from '../fakes/apns/context.ts';
import { startFakeProxy } from '../fakes/apns/proxy.ts';
import type { FakeProxyOptions } from '../fakes/apns/proxy.ts';
import { createCertificateAuthority } from '../fakes/certificates.ts';
import { providerNames, usualDevices, usualSettings } from '../golden/devices.ts';
import type { Fields, ProviderName } from '../golden/golden-case.ts';
import { startStandIns } from '../golden/stand-ins.ts';

/** What is true of every provider, whatever it speaks. Each has its own tests of what is true of it alone. */

interface Sender {
  send(data?: Fields): Promise<Outcome>;
  close(): Promise<void>;
  readonly context: ReturnType<typeof recordingContext>;
}

/** A sender of one app whose provider is a stand-in that takes everything. */
async function setup(
  name: ProviderName,
  changes: Fields = {},
  surroundings: Partial<ProviderContext> = {},
): Promise<Sender> {
  const standIns = await startStandIns(Math.floor(Date.now() / 1_000) * 1_000);
  onTestFinished(() => standIns[Symbol.asyncDispose]());
  const context = recordingContext(surroundings);
  const settings = { ...usualSettings[name], ...standIns.of[name].settings, ...changes };
  const app = { type: name, ...settings };
  const module = providers.find(({ module: { types } }) => types[0] === name)?.module;
  if (module === undefined) throw new Error(`No module of type ${name}`);
  const config = { redis: { url: 'redis://127.0.0.1' }, apps: { app } };
  const [parsed] = parseConfig(JSON.stringify(config), { path: 'test', appTypes: [module] }).apps;
  if (parsed === undefined) throw new Error('A configuration without apps was read');
  const provider = module.create({ name: 'app', settings: parsed.settings }, context);
  onTestFinished(() => provider.close());
  return {
    context,
    close: () => provider.close(),
    send: (data = {}) => {
      const { data: usual, ...device } = usualDevices[name];
      const request = { ...device, data: { ...(usual as Fields | undefined), ...data } };
      return provider.send(deliveryTo(standIns.readdressed(request)));
    },
  };
}

function deliveryTo(device: unknown): Delivery {
  const content = { msgtype: 'm.text', body: 'The clapper of the third bell' };
  const notification = {
    event_id: '$secret-event',
    room_id: '!r:example.org',
    type: 'm.room.message',
    content,
  };
  const parsed = parseNotifyRequest({ notification: { ...notification, devices: [device] } });
  const [first] = parsed.ok ? parsed.request.devices : [];
  if (!parsed.ok || first === undefined) throw new Error('The notify cannot be read');
  return {
    id: 'k7Qx0n2mT1aVb3cWd5eXfA',
    app: 'app',
    lane: 'high',
    acceptedAt: Date.now(),
    expiresAt: Date.now() + 86_400_000,
    tries: 0,
    notification: parsed.request.notification,
    device: first,
  };
}

async function proxyThat(options: FakeProxyOptions) {
  const proxy = await startFakeProxy(options);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

/** FCM's token endpoint is asked first, and is not reached either. */
const unreached = (name: ProviderName, reason: string) =>
  name === 'fcm' ? 'token_endpoint_unreachable' : reason;

/** What an app that sends elsewhere has in its settings, and a registration in its `data`. */
const elsewhere = (name: ProviderName, host: string): { readonly settings: Fields; readonly data: Fields } =>
  name === 'webpush'
    ? { settings: { allowed_endpoints: [host] }, data: { endpoint: `https://${host}/wp/bell` } }
    : { settings: { endpoint: `https://${host}` }, data: {} };

/** A TLS server of an authority that nobody trusts. */
async function startUntrusted(): Promise<string> {
  const authority = createCertificateAuthority();
  const { certificate, key } = authority.issue({});
  const server = createServer({ cert: certificate, key, ALPNProtocols: ['h2', 'http/1.1'] });
  server.on('tlsClientError', () => undefined);
  onTestFinished(() => {
    server.close();
    authority[Symbol.dispose]();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(providerNames)('%s', (name) => {
  test('sends through a proxy, with a ca_file that stands beside the usual authorities', async () => {
    const { url, targets } = await proxyThat({ credentials: 'otto:bell' });
    const sender = await setup(name, {}, { proxy: url });
    expect(await sender.send()).toMatchObject({ kind: 'delivered', sent: true });
    expect(targets.length).toBeGreaterThan(0);
  });

  test('takes the 407 of a proxy for the operator’s to mend, and names the setting', async () => {
    const { url } = await proxyThat({ credentials: 'otto:bell' });
    url.password = 'wrong-password';
    const sender = await setup(name, {}, { proxy: url });
    const outcome = await sender.send();
    expect(outcome).toEqual({
      kind: 'misconfigured',
      reason: 'proxy_credentials',
      cure: expect.stringMatching(/`proxy`/) as string,
      speaksFor: 'app',
      sent: false,
    });
    expect(JSON.stringify(sender.context.logs)).not.toContain('wrong-password');
  });

  test.each<[string, FakeProxyOptions]>([
    ['forbids it', { answer: () => 403 }],
    ['has no way', { answer: () => 502 }],
  ])('tries again when the proxy %s', async (_, options) => {
    const { url } = await proxyThat(options);
    const sender = await setup(name, {}, { proxy: url });
    expect(await sender.send()).toMatchObject({
      kind: 'later',
      reason: unreached(name, 'proxy_failed'),
      sent: false,
      spendsTry: false,
    });
  });

  test.each([
    ['a server that nobody vouches for', startUntrusted, 'tls_failed'],
    ['a name that leads nowhere', () => 'provider.invalid', 'dns_failed'],
    ['a port where nobody listens', () => '127.0.0.1:1', 'connect_failed'],
  ])('tries %s again, and says what is wrong', async (_, start, reason) => {
    const { settings, data } = elsewhere(name, await start());
    const sender = await setup(name, settings);
    expect(await sender.send(data)).toMatchObject({
      kind: 'later',
      reason,
      sent: false,
      spendsTry: false,
    });
  });

  test('refuses a ca_file that holds anything but certificates, and names it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-ca-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'ca.pem');
    const broken = '-----BEGIN CERTIFICATE-----\nZGluZw==\n-----END CERTIFICATE-----\n';
    for (const junk of ['ding', broken]) {
      writeFileSync(file, junk);
      const error: unknown = await setup(name, { ca_file: file }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SettingError);
      expect(error).toMatchObject({ key: 'ca_file', message: expect.stringContaining(file) as string });
    }
    for (const path of ['/dev/zero', directory, join(directory, 'missing')])
      await expect(setup(name, { ca_file: path })).rejects.toMatchObject({ key: 'ca_file' });
  });

  test('sends nothing once it is closed, nor with a default_payload that is none', async () => {
    const sender = await setup(name);
    expect(await sender.send({ default_payload: 'ding' })).toMatchObject({
      kind: 'refused',
      reason: 'default_payload_not_object',
      sent: false,
    });
    await sender.close();
    expect(await sender.send()).toMatchObject({
      kind: 'later',
      reason: 'shutdown',
      sent: false,
      spendsTry: false,
    });
  });

  test('logs the same trouble once in 30 s, in fields of one word and without secrets', async () => {
    let now = Date.now();
    const { url } = await proxyThat({ answer: () => 403 });
    const sender = await setup(name, {}, { proxy: url, now: () => now });
    for (let count = 0; count < 3; count += 1) {
      await sender.send();
      now += 2_000; // FCM asks for no token again at once
    }
    now += 30_000;
    await sender.send();
    const reason = unreached(name, 'proxy_failed');
    const lines = sender.context.logs.filter(
      ({ fields }) => fields['reason'] === reason && 'outcome' in fields,
    );
    expect(lines.map(({ fields }) => fields['unlogged'])).toEqual([undefined, 2]);
    for (const { fields } of sender.context.logs)
      expect(Object.keys(fields).filter((field) => !/^[a-z]+$/.test(field))).toEqual([]);
    const text = JSON.stringify(sender.context.logs);
    for (const secret of [String(usualDevices[name]['pushkey']), '$secret-event', 'clapper'])
      expect(text).not.toContain(secret);
  });
});

/** A sentence where an operator has to do something, and where one can: also for what a mistake of ours may bring (invariant 7). */
const cureForms = {
  delivered: /^$/,
  dead: /^$/,
  refused: /^$/,
  later: /^([A-Z].{20,}\.)?$/,
  misconfigured: /^[A-Z].{20,}\.$/s,
} as const;

describe.each(providers)('the answers of $title', ({ answers }) => {
  test('have each a reason fit for a label, a source, and a cure where there is one', () => {
    for (const row of answers) {
      expect(row.reason).toMatch(/^[A-Za-z0-9_]{2,40}$/);
      expect(row.source).toMatch(/^https:|^docs\//);
      const isSuspect = row.kind === 'dead' && row.suspect === true;
      const form = cureForms[isSuspect ? 'misconfigured' : row.kind];
      expect('cure' in row ? row.cure : '', row.answer).toMatch(form);
    }
  });

  test('have no fault twice, and no reason that means two kinds of outcome', () => {
    const faults = answers.flatMap(({ when }) => ('fault' in when ? [when.fault] : []));
    expect(new Set(faults).size).toBe(faults.length);
    const kinds = new Map<string, string>();
    for (const { reason, kind } of answers) {
      expect(kinds.get(reason) ?? kind, reason).toBe(kind);
      kinds.set(reason, kind);
    }
  });
});
