import { apnsModule } from '@carillon/apns';
import { fcmModule } from '@carillon/fcm';
import { parseConfig, type Config } from '@carillon/runtime';
import { webpushModule } from '@carillon/webpush';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { allOf, render, theOne, valueFiles, type Manifest } from './chart.ts';

interface Policy extends Manifest {
  readonly spec: {
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress: readonly Rule[];
  };
}

interface Rule {
  readonly ports: readonly { readonly port: number; readonly protocol?: string }[];
  readonly from?: readonly unknown[];
  readonly to?: readonly unknown[];
}

const policyOf = (manifests: readonly Manifest[], component: string) =>
  theOne(manifests, 'NetworkPolicy', `carillon-${component}`) as Policy;
const portsOf = (rules: readonly Rule[] = []) =>
  new Set(rules.flatMap(({ ports }) => ports.map(({ port }) => port)));

function configOf(manifests: readonly Manifest[]): { readonly config: Config; readonly raw: RawConfig } {
  const { data } = theOne(manifests, 'ConfigMap', 'carillon') as {
    readonly data: Readonly<Record<string, string>>;
  };
  const text = data['carillon.yaml'] ?? '';
  return {
    config: parseConfig(text, { path: 'carillon.yaml', appTypes: [apnsModule, fcmModule, webpushModule] }),
    raw: parse(text) as RawConfig,
  };
}

interface RawConfig {
  readonly proxy?: string;
  readonly opentelemetry?: { readonly endpoint: string };
}

/** The ports of Redis that this configuration leads to, as Carillon itself reads it. */
function redisPorts({ redis: { server } }: Config): readonly number[] {
  switch (server.kind) {
    case 'single':
      return [server.node.port];
    case 'cluster':
      return server.nodes.map(({ port }) => port);
    case 'sentinel':
      return [...server.nodes.map(({ port }) => port), 6379];
    default:
      return server satisfies never;
  }
}

const withPolicies = valueFiles.filter((file) => !['own-config.yaml', 'small.yaml'].includes(file));

test.each(withPolicies)('%s: what is really used is open, and nothing else', async (file) => {
  const manifests = await render(file);
  const { config, raw } = configOf(manifests);
  const [ingress, worker] = [policyOf(manifests, 'ingress'), policyOf(manifests, 'worker')];
  const collector = raw.opentelemetry === undefined ? [] : [Number(new URL(raw.opentelemetry.endpoint).port)];
  const proxy = raw.proxy === undefined ? [] : [Number(new URL(raw.proxy).port)];
  const pushServers = file === 'hpa.yaml' ? [8443] : [];

  for (const { spec } of [ingress, worker]) expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(portsOf(ingress.spec.ingress)).toEqual(
    new Set([config.ingress.listen.port, config.ingress.opsListen.port]),
  );
  expect(portsOf(worker.spec.ingress)).toEqual(new Set([config.worker.opsListen.port]));
  expect(portsOf(ingress.spec.egress)).toEqual(new Set([53, ...redisPorts(config), ...collector]));
  expect(portsOf(worker.spec.egress)).toEqual(
    new Set([53, ...redisPorts(config), 443, ...proxy, ...pushServers, ...collector]),
  );
});

test('the ops ports are for the cluster, or for those that scrape', async () => {
  const usual = policyOf(await render('minimal.yaml'), 'worker');
  const narrow = policyOf(await render('hpa.yaml'), 'worker');
  expect(usual.spec.ingress?.map(({ from }) => from)).toEqual([[{ namespaceSelector: {} }]]);
  expect(JSON.stringify(narrow.spec.ingress)).toContain('monitoring');
});

test('peers narrow each way down', async () => {
  const hpa = await render('hpa.yaml');
  const [atDoor] = policyOf(hpa, 'ingress').spec.ingress ?? [];
  expect(JSON.stringify(atDoor?.from)).toContain('ingress-nginx');
  expect(JSON.stringify(atDoor?.from)).toContain('"test"'); // `helm test` knocks, too
  const toRedis = policyOf(hpa, 'worker').spec.egress.find(({ ports }) => ports[0]?.port === 6379);
  expect(JSON.stringify(toRedis?.to)).toContain('data');
  const byProxy = policyOf(await render('sentinel-proxy.yaml'), 'worker');
  expect(byProxy.spec.egress.find(({ ports }) => ports.some(({ port }) => port === 3128))?.to).toEqual([
    { ipBlock: { cidr: '203.0.113.7/32' } },
  ]);
});

test('they can be left to others', async () => {
  expect(allOf(await render('small.yaml'), 'NetworkPolicy')).toEqual([]);
});
