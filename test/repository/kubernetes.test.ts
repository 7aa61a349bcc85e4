import { globSync } from 'node:fs';
import { join } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { apnsModule } from '@carillon/apns';
import { fcmModule } from '@carillon/fcm';
import { parseConfig } from '@carillon/runtime';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

const folder = 'deploy/kubernetes';
const rulesPath = `${folder}/scaling.rules.yml`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Each validates by the schema that its cluster or KEDA has. */
const models: Readonly<Record<string, (manifest: never) => { validate(): void }>> = {
  ConfigMap: (manifest) => new ConfigMap(manifest),
  Deployment: (manifest) => new Deployment(manifest),
  HorizontalPodAutoscaler: (manifest) => new HorizontalPodAutoscaler(manifest),
  PodDisruptionBudget: (manifest) => new PodDisruptionBudget(manifest),
  ScaledObject: (manifest) => new ScaledObject(manifest),
  Service: (manifest) => new Service(manifest),
};

function validate(manifest: Manifest): void {
  const model = models[manifest.kind];
  if (model === undefined) throw new Error(`${manifest.kind} has no schema here`);
  model(manifest as never).validate(); // which is what finds out its form
}

const manifests = globSync(`${folder}/*.yaml`, { cwd: root })
  .toSorted()
  .flatMap((path) =>
    parseAllDocuments(readRepositoryFile(path)).map((document) => ({
      path,
      manifest: document.toJS() as Manifest, // a file of our own
    })),
  );

/** The only manifest of this kind with that name, in the form that its schema gives it. */
function the(kind: string, name: string): unknown {
  const [found, ...more] = manifests.filter(
    ({ manifest }) => manifest.kind === kind && manifest.metadata.name === name,
  );
  if (found === undefined || more.length > 0)
    throw new Error(`${found?.path ?? 'no file'} has ${kind} ${name}`);
  return found.manifest;
}

interface Deployed {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

interface Container {
  readonly args: readonly string[];
  readonly env?: unknown;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly: boolean;
  }[];
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

const components = ['ingress', 'worker'] as const;
type Component = (typeof components)[number];

const deployment = (component: Component) => the('Deployment', `carillon-${component}`) as Deployed;
const configText = () =>
  (the('ConfigMap', 'carillon') as { readonly data: Readonly<Record<'carillon.yaml', string>> }).data[
    'carillon.yaml'
  ];

function config() {
  const text = configText();
  return parseConfig(text, { path: 'carillon.yaml', appTypes: [apnsModule, fcmModule] });
}

test.each(manifests)('$path: $manifest.kind $manifest.metadata.name is valid', ({ manifest }) => {
  expect(() => validate(manifest)).not.toThrow();
});

test('what is not valid is noticed', () => {
  const broken = { kind: 'Deployment', metadata: { name: 'a' }, spec: { template: {} } };
  expect(() => validate(broken)).toThrow('selector');
  const scaled = { kind: 'ScaledObject', metadata: { name: 'a' }, spec: { triggers: [{ type: 'cpu' }] } };
  expect(() => validate(scaled)).toThrow('scaleTargetRef');
});

test.each(components)('%s: ports, probes, mounts and labels fit what it runs and each other', (component) => {
  const { spec } = deployment(component);
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const { ingress, worker } = config();
  const listeners = component === 'ingress' ? [ingress.listen, ingress.opsListen] : [worker.opsListen];

  expect(container.args).toEqual([component]);
  expect(container.ports.map(({ containerPort }) => containerPort)).toEqual(
    listeners.map(({ port }) => port),
  );
  expect(listeners.map(({ host }) => host)).toEqual(listeners.map(() => '0.0.0.0'));
  expect(container.livenessProbe.httpGet).toEqual({ path: '/health', port: 'ops' });
  expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'ops' });
  expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
  expect(container.volumeMounts.every(({ readOnly }) => readOnly)).toBe(true);
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  expect(container.env).toBeUndefined();
  expect(spec.replicas).toBeUndefined(); // or each `apply` would undo the autoscaler
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
  const budget = the('PodDisruptionBudget', `carillon-${component}`) as Deployed;
  expect(budget.spec.selector.matchLabels).toEqual(spec.selector.matchLabels);
});

test('ports are the usual ones of the configuration', () => {
  const text = configText();
  const withoutListeners = text.replaceAll(/^(?:ingress|worker):\n(?: .*\n)+/gm, '');
  const usual = parseConfig(withoutListeners, { path: 'carillon.yaml', appTypes: [apnsModule, fcmModule] });
  const { ingress, worker } = config();
  const portsOf = (one: typeof usual) =>
    [one.ingress.listen, one.ingress.opsListen, one.worker.opsListen].map(({ port }) => port);
  expect(withoutListeners).not.toContain('listen');
  expect([ingress.listen, ingress.opsListen, worker.opsListen].map(({ port }) => port)).toEqual(
    portsOf(usual),
  );
});

test.each(components)('%s: Kubernetes waits longer than it takes to stop', (component) => {
  const pod = deployment(component).spec.template.spec;
  const waits = pod.containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(config().worker.stopGraceMs / 1_000 + waits);
});

test('the configuration names files where secrets are mounted, and the ingress has no credentials', () => {
  const text = configText();
  const files = [...text.matchAll(/\w*file: (\S+)/g)].map(([, path = '']) => path);
  const mountsOf = (component: Component) =>
    deployment(component).spec.template.spec.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
  expect(files).toHaveLength(3);
  expect(files.filter((file) => !mountsOf('worker').some((path) => file.startsWith(`${path}/`)))).toEqual([]);
  expect(mountsOf('ingress')).toEqual(['/etc/carillon', '/run/secrets/redis']);
  expect(manifests.filter(({ manifest }) => manifest.kind === 'Secret')).toEqual([]);
});

test('the Service shows the front door, and nothing else', () => {
  const { spec } = the('Service', 'carillon') as {
    readonly spec: { readonly selector: object; readonly ports: readonly object[] };
  };
  const ingress = deployment('ingress');
  expect(spec.selector).toEqual(ingress.spec.selector.matchLabels);
  expect(spec.ports).toEqual([{ name: 'http', port: config().ingress.listen.port, targetPort: 'http' }]);
});

interface Recorded {
  readonly record: string;
  readonly expr: string;
}

const recorded = (
  parse(readRepositoryFile(rulesPath)) as {
    readonly groups: readonly { readonly rules: readonly Recorded[] }[];
  }
).groups.flatMap(({ rules }) => rules);

interface Scaled {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly behavior: object;
    readonly advanced: { readonly horizontalPodAutoscalerConfig: { readonly behavior: object } };
    readonly metrics: readonly {
      readonly external?: {
        readonly metric: { readonly name: string };
        readonly target: { readonly value: string };
      };
    }[];
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: { readonly query: string; readonly threshold: string };
    }[];
  };
}

const share = (quantity: string): number =>
  quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1_000 : Number(quantity);

test.each(components)('%s: HPA and KEDA scale it by the same numbers in the same way', (component) => {
  const hpa = (the('HorizontalPodAutoscaler', `carillon-${component}`) as Scaled).spec;
  const keda = (the('ScaledObject', `carillon-${component}`) as Scaled).spec;
  const byHpa = hpa.metrics.flatMap(({ external }) =>
    external === undefined
      ? []
      : {
          expr: recorded.find(
            ({ record }) => record === external.metric.name.replace(/^scaling_/, 'carillon:'),
          )?.expr,
          limit: share(external.target.value),
        },
  );
  const byKeda = keda.triggers
    .filter(({ type }) => type === 'prometheus')
    .map(({ metadata }) => ({ expr: metadata.query, limit: Number(metadata.threshold) }));

  expect(byKeda).toEqual(byHpa);
  expect([keda.minReplicaCount, keda.maxReplicaCount]).toEqual([hpa.minReplicas, hpa.maxReplicas]);
  expect(keda.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(hpa.behavior);
  expect([keda.scaleTargetRef.name, hpa.scaleTargetRef.name]).toEqual(Array(2).fill(`carillon-${component}`));
});

test('Prometheus reads the queries, and they name only metrics that there are', async () => {
  const { code, stderr } = await run('promtool', ['check', 'rules', join(root, rulesPath)], {
    env: process.env,
  });
  expect([code, stderr]).toEqual([0, '']);
  const reference = readRepositoryFile('docs/metrics.md');
  const names = recorded.flatMap(({ expr }) => expr.match(/\bcarillon_[a-z_]+/g) ?? []);
  expect(names.length).toBeGreaterThan(recorded.length);
  expect(names.filter((name) => !reference.includes(`\`${name}\``))).toEqual([]);
});

test('the page on autoscaling shows the query as it is', () => {
  const onOneLine = (text = '') => text.replaceAll(/\s+/g, ' ');
  const [backlogAge] = recorded;
  expect(backlogAge?.record).toBe('carillon:backlog_age_seconds');
  expect(onOneLine(readRepositoryFile('docs/autoscaling.md'))).toContain(onOneLine(backlogAge?.expr));
});

const oldest = (app: string) => `carillon_queue_oldest_seconds{app="${app}", lane="high"}`;
const inFlight = (app: string) => `carillon_in_flight{app="${app}", lane="high", instance="w1"}`;
const limit = (app: string) => `carillon_in_flight_limit{app="${app}", lane="high", instance="w1"}`;
const parked = (app: string) => `carillon_app_parked{app="${app}", reason="BadTopic"}`;
const paused = (app: string) => `carillon_app_paused{app="${app}", lane="high"}`;
const held = (app: string) => `carillon_breaker_open{app="${app}", reason="UNAVAILABLE"}`;

test.each([
  ['by what has waited longest', 'backlog_age_seconds', { [oldest('a')]: 40, [oldest('b')]: 5 }, 40],
  [
    'not by a parked app',
    'backlog_age_seconds',
    { [oldest('a')]: 40, [parked('a')]: 1, [oldest('b')]: 5 },
    5,
  ],
  [
    'not by an app that is held',
    'backlog_age_seconds',
    { [oldest('a')]: 40, [held('a')]: 1, [oldest('b')]: 5 },
    5,
  ],
  [
    'again by an app that is no longer parked',
    'backlog_age_seconds',
    { [oldest('a')]: 40, [parked('a')]: 0 },
    40,
  ],
  [
    'not by a lane that is paused',
    'backlog_age_seconds',
    { [oldest('a')]: 40, [paused('a')]: 1, [oldest('b')]: 5 },
    5,
  ],
  ['down when nothing else waits', 'backlog_age_seconds', { [oldest('a')]: 40, [parked('a')]: 1 }, 0],
  ['by nothing when there is nobody to ask', 'backlog_age_seconds', {}, undefined],
  [
    'by the fullest app and lane',
    'in_flight_share',
    { [inFlight('a')]: 64, [limit('a')]: 256, [inFlight('b')]: 0, [limit('b')]: 256 },
    0.25,
  ],
  [
    'not by what a paused lane holds',
    'in_flight_share',
    { [inFlight('a')]: 64, [limit('a')]: 256, [paused('a')]: 1 },
    0,
  ],
  [
    'not by what a parked app holds',
    'in_flight_share',
    { [inFlight('a')]: 64, [limit('a')]: 256, [parked('a')]: 1 },
    0,
  ],
] as const)('workers are scaled %s', async (_, name, series, value) => {
  await using folderOfTest = await scratch();
  await folderOfTest.write('rules.yml', readRepositoryFile(rulesPath));
  const expected = value === undefined ? [] : [{ labels: `carillon:${name}`, value }];
  const input = Object.entries(series).map(([one, at]) => ({ series: one, values: `${at}x10` }));
  const asked = { expr: `carillon:${name}`, eval_time: '2m', exp_samples: expected };
  await folderOfTest.write(
    'test.yml',
    stringify({
      rule_files: ['rules.yml'],
      evaluation_interval: '15s',
      tests: [{ interval: '15s', input_series: input, promql_expr_test: [asked] }],
    }),
  );
  const judged = await run('promtool', ['test', 'rules', join(folderOfTest.path, 'test.yml')], {
    env: process.env,
  });
  expect([judged.code, judged.stdout + judged.stderr]).toEqual([0, expect.not.stringContaining('FAILED')]);
});
