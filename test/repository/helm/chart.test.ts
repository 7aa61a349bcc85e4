import { join } from 'node:path';
import { apnsModule } from '@carillon/apns';
import { fcmModule } from '@carillon/fcm';
import { parseConfig } from '@carillon/runtime';
import { webpushModule } from '@carillon/webpush';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from '../root.ts';
import {
  allOf,
  callHelm,
  chart,
  kubernetesVersions,
  render,
  theOne,
  valueFiles,
  valuesPath,
  type Manifest,
} from './chart.ts';
import { problemsOf } from './validate.ts';

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: { readonly metadata: Manifest['metadata']; readonly spec: Pod };
  };
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly livenessProbe: unknown;
  readonly readinessProbe: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

const deploymentsOf = (manifests: readonly Manifest[]) =>
  allOf(manifests, 'Deployment') as readonly Deployment[];

/** The configuration that a Deployment mounts, if the chart made it. */
function configOf(manifests: readonly Manifest[], name = 'carillon') {
  const map = theOne(manifests, 'ConfigMap', name) as {
    readonly data: Readonly<Record<'carillon.yaml', string>>;
  };
  const appTypes = [apnsModule, fcmModule, webpushModule];
  return {
    text: map.data['carillon.yaml'],
    config: parseConfig(map.data['carillon.yaml'], { path: 'carillon.yaml', appTypes }),
  };
}

const withConfig = valueFiles.filter((file) => file !== 'own-config.yaml');

test('there are values for every kind of installation', () => {
  expect(valueFiles.length).toBeGreaterThanOrEqual(8);
});

test.each(valueFiles)('%s: every object is valid', async (file) => {
  for (const version of kubernetesVersions) {
    const manifests = await render(file, '--kube-version', `${version}.0`);
    expect(manifests.length).toBeGreaterThan(4);
    expect(manifests.flatMap((manifest) => problemsOf(version, manifest))).toEqual([]);
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.length).toBe(new Set(names).size);
  }
});

test('what is not valid is noticed', async () => {
  const [deployment] = deploymentsOf(await render('minimal.yaml'));
  const broken = { ...deployment, spec: { ...deployment?.spec, replica: 3 } };
  expect(problemsOf('1.30', broken as never)).toEqual([expect.stringContaining('"replica"')]);
  const unknown = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
  expect(problemsOf('1.30', unknown)).toEqual(['v1 Secret: no schema here']);
});

test.each(valueFiles)('%s: helm finds nothing to complain of', async (file) => {
  const { code, stdout } = await callHelm('lint', '--strict', chart, '--values', valuesPath(file));
  expect(code, stdout).toBe(0);
});

test.each([
  [['--set', 'workrs.all.replicas=3'], 'workrs'],
  [['--set', 'workers.all.lanes={callz}'], 'lanes'],
  [['--set', 'autoscaling.kind=hpa'], 'monitoring.rules'],
  [['--set', 'workers=null'], 'workers is empty'],
  [['--set', 'route.ingress.enabled=true'], 'route.host'],
  [['--kube-version', '1.29.0'], '1.30'],
])('values that cannot be meant are refused: %s', async (args, complaint) => {
  await expect(render('minimal.yaml', ...args)).rejects.toThrow(complaint);
});

test.each([
  ['config.redis=null', 'config.redis'],
  ['config.apps=null', 'config.apps'],
])('without %s the cure is named', async (setting, complaint) => {
  await expect(render('minimal.yaml', '--set', setting)).rejects.toThrow(complaint);
});

test.each(withConfig)('%s: the configuration loads, and the pods are made for it', async (file) => {
  const manifests = await render(file);
  for (const { metadata, spec } of deploymentsOf(manifests)) {
    const pod = spec.template.spec;
    const [container] = pod.containers;
    const map = pod.volumes[0]?.configMap?.name;
    const { text, config } = configOf(manifests, map);
    const isIngress = metadata.name === 'carillon-ingress';
    const listeners = isIngress
      ? [config.ingress.listen, config.ingress.opsListen]
      : [config.worker.opsListen];

    expect(container.args.slice(0, 2)).toEqual([isIngress ? 'ingress' : 'worker', '--reload-on-change']);
    expect(container.ports.map(({ containerPort }) => containerPort)).toEqual(
      listeners.map(({ port }) => port),
    );
    expect(listeners.map(({ host }) => host)).toEqual(listeners.map(() => '0.0.0.0'));
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/health', port: 'ops' } });
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/ready', port: 'ops' } });
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
    const waits = container.lifecycle?.preStop.sleep.seconds ?? 0;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(config.worker.stopGraceMs / 1_000 + waits);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);

    // An app's credentials are mounted where it looks for them, in each worker that takes all; the ingress has none.
    const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
    const ofApps = mounts.filter((path) => !['/etc/carillon', '/run/secrets/redis'].includes(path));
    expect(ofApps.length > 0).toBe(!isIngress);
    const files = [...text.matchAll(/(?:keyfile|_file|certfile|_key): (\/\S+)/g)].map(
      ([, path = '']) => path,
    );
    const lost = files.filter((path) => !mounts.some((mount) => path.startsWith(`${mount}/`)));
    const takesAll = !isIngress && container.args.length === 2;
    expect(takesAll ? lost : []).toEqual([]);
  }
  expect(allOf(manifests, 'Secret')).toEqual([]);
});

test('each Deployment has a budget, and nothing of two groups selects the pods of the other', async () => {
  const manifests = await render('groups.yaml');
  const deployments = deploymentsOf(manifests);
  const budgets = allOf(manifests, 'PodDisruptionBudget') as readonly Deployment[];
  expect(deployments.map(({ metadata }) => metadata.name).toSorted()).toEqual(
    ['apns', 'calls', 'customer', 'fcm']
      .map((group) => `carillon-worker-${group}`)
      .concat('carillon-ingress')
      .toSorted(),
  );
  expect(budgets.map(({ metadata, spec }) => [metadata.name, spec.selector.matchLabels])).toEqual(
    expect.arrayContaining(
      deployments.map(({ metadata, spec }) => [metadata.name, spec.selector.matchLabels]),
    ),
  );
  const selectors = deployments.map(({ spec }) => JSON.stringify(spec.selector.matchLabels));
  expect(new Set(selectors).size).toBe(deployments.length);
});

test('groups of workers take what they are told to, with credentials and concurrency of their own', async () => {
  const manifests = await render('groups.yaml');
  const container = (group: string) =>
    (theOne(manifests, 'Deployment', `carillon-worker-${group}`) as Deployment).spec.template.spec
      .containers[0];
  const mounts = (group: string) => container(group).volumeMounts.map(({ mountPath }) => mountPath);

  expect(container('apns').args.slice(2)).toEqual(['--type', 'apns', '--lane', 'high', '--lane', 'low']);
  expect(container('fcm').args.slice(2)).toEqual([
    '--app',
    'com.example.*',
    '--type',
    'fcm',
    '--lane',
    'high',
    '--lane',
    'low',
  ]);
  expect(container('calls').args.slice(2)).toEqual(['--lane', 'calls']);
  expect(mounts('customer')).toContain('/run/secrets/customer');
  expect(mounts('customer')).not.toContain('/run/secrets/credentials');
  expect(configOf(manifests, 'carillon-worker-apns').config.worker.concurrency).toBe(512);
  expect(configOf(manifests).config.worker.concurrency).toBe(128);
});

test('replicas are left to an autoscaler where there is one', async () => {
  const fixed = deploymentsOf(await render('cluster.yaml'));
  const scaled = deploymentsOf(await render('groups.yaml'));
  expect(fixed.map(({ spec }) => spec.replicas)).toEqual(expect.arrayContaining([6, 12]));
  expect(scaled.map(({ spec }) => spec.replicas)).toEqual(scaled.map(() => undefined));
});

test('the way in is the notify path, and nothing else', async () => {
  const byIngress = theOne(await render('hpa.yaml'), 'Ingress', 'carillon') as {
    readonly spec: { readonly rules: readonly { readonly http: { readonly paths: readonly object[] } }[] };
  };
  const byGateway = theOne(await render('sentinel-proxy.yaml'), 'HTTPRoute', 'carillon') as {
    readonly spec: { readonly rules: readonly { readonly matches: readonly object[] }[] };
  };
  const path = '/_matrix/push/v1/notify';
  expect(byIngress.spec.rules.flatMap(({ http }) => http.paths)).toMatchObject([{ path, pathType: 'Exact' }]);
  expect(byGateway.spec.rules.flatMap(({ matches }) => matches)).toEqual([
    { path: { type: 'Exact', value: path } },
  ]);
});

test('the alerts and dashboards are those of the repository', async () => {
  const manifests = await render('groups.yaml');
  const { spec } = theOne(manifests, 'PrometheusRule', 'carillon') as {
    readonly spec: { readonly groups: readonly { readonly name: string }[] };
  };
  const names = [
    ...readRepositoryFile('deploy/alerts/carillon.rules.yml').matchAll(/^ {2}- name: (\S+)$/gm),
  ].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(1);
  expect(spec.groups.map(({ name }) => name)).toEqual(['carillon-scaling', ...names]);
  for (const board of ['overview', 'one-app']) {
    const { data } = theOne(manifests, 'ConfigMap', `carillon-${board}`) as {
      readonly data: Readonly<Record<string, string>>;
    };
    expect(data[`${board}.json`]).toBe(readRepositoryFile(`deploy/grafana/dashboards/${board}.json`));
  }
});

test('a packed chart brings what stands elsewhere in the repository', async () => {
  const { code, stderr, stdout } = await callHelm('show', 'chart', join(root, 'deploy/helm/carillon'));
  const { version } = JSON.parse(readRepositoryFile('package.json')) as { readonly version: string };
  expect([code, stderr.includes('Error')]).toEqual([0, false]);
  expect(stdout).toContain(`appVersion: ${version}\n`);
  expect(stdout).toContain(`\nversion: ${version}`);
});
