import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readRepositoryFile } from '../root.ts';
import { run } from '../run.ts';
import { scratch } from '../scratch.ts';
import { allOf, render, theOne, type Manifest } from './chart.ts';

interface Recorded {
  readonly record: string;
  readonly expr: string;
  readonly labels: { readonly deployment: string };
}

/** The recording rules that the chart makes, which autoscalers go by. */
function recordedBy(manifests: readonly Manifest[]): readonly Recorded[] {
  const { spec } = theOne(manifests, 'PrometheusRule', 'carillon') as {
    readonly spec: {
      readonly groups: readonly { readonly name: string; readonly rules: readonly Recorded[] }[];
    };
  };
  return spec.groups.find(({ name }) => name === 'carillon-scaling')?.rules ?? [];
}

interface Scaled extends Manifest {
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
        readonly metric: {
          readonly name: string;
          readonly selector: { readonly matchLabels: { readonly deployment: string } };
        };
        readonly target: { readonly value: string };
      };
    }[];
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: { readonly query: string; readonly threshold: string };
    }[];
  };
}

const share = (quantity: string): number => Number(quantity.replace(/m$/, '')) / 1_000;

test('HPA and KEDA scale every Deployment by the same numbers in the same way', async () => {
  const rules = ['--set', 'monitoring.rules.enabled=true'];
  const byHpa = await render('groups.yaml', ...rules, '--set', 'autoscaling.kind=hpa');
  const byKeda = await render('groups.yaml', ...rules);
  const recorded = recordedBy(byHpa);
  const names = allOf(byHpa, 'Deployment').map((one) => (one as Manifest).metadata.name);

  expect(names).toHaveLength(5);
  for (const name of names) {
    const hpa = (theOne(byHpa, 'HorizontalPodAutoscaler', name) as Scaled).spec;
    const keda = (theOne(byKeda, 'ScaledObject', name) as Scaled).spec;
    const asked = hpa.metrics.flatMap(({ external }) => {
      if (external === undefined) return [];
      const { name: record, selector } = external.metric;
      const rule = recorded.find(
        (one) =>
          one.record === record.replace(/^scaling_/, 'carillon:') &&
          one.labels.deployment === selector.matchLabels.deployment,
      );
      return { expr: rule?.expr, limit: share(external.target.value) };
    });
    const triggers = keda.triggers.filter(({ type }) => type === 'prometheus');
    expect(asked.length).toBeGreaterThan(0);
    expect(
      triggers.map(({ metadata }) => ({ expr: metadata.query, limit: Number(metadata.threshold) })),
    ).toEqual(asked);
    expect([keda.minReplicaCount, keda.maxReplicaCount]).toEqual([hpa.minReplicas, hpa.maxReplicas]);
    expect(keda.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(hpa.behavior);
    expect([keda.scaleTargetRef.name, hpa.scaleTargetRef.name]).toEqual([name, name]);
  }
});

test('a group is scaled by what it takes alone', async () => {
  const oldest = recordedBy(await render('groups.yaml')).filter(({ record }) =>
    record.endsWith('backlog_age_seconds'),
  );
  const matchers = Object.fromEntries(
    oldest.map(({ labels, expr }) => [labels.deployment, /oldest_seconds\{(.*?)\}/.exec(expr)?.[1]]),
  );
  expect(matchers).toEqual({
    'carillon-worker-apns': 'app=~"com[.]example[.]app[.]ios",lane=~"high|low"',
    'carillon-worker-calls': 'lane=~"calls"',
    'carillon-worker-customer': 'app=~"org[.]customer[.].*",lane=~"high|low"',
    'carillon-worker-fcm':
      'app=~"com[.]example[.]app[.]android|org[.]customer[.][*]",app=~"com[.]example[.].*",lane=~"high|low"',
  });
});

test('Prometheus reads the queries, and they name only metrics that there are', async () => {
  await using folder = await scratch();
  const recorded = recordedBy(await render('sixty-apps.yaml'));
  await folder.write('rules.yml', rulesFile(recorded));
  const { code, stderr } = await run('promtool', ['check', 'rules', join(folder.path, 'rules.yml')], {
    env: process.env,
  });
  expect([code, stderr]).toEqual([0, '']);
  const reference = readRepositoryFile('docs/metrics.md');
  const names = recorded.flatMap(({ expr }) => expr.match(/\bcarillon_[a-z_]+/g) ?? []);
  expect(names.length).toBeGreaterThan(recorded.length);
  expect(names.filter((name) => !reference.includes(`\`${name}\``))).toEqual([]);
});

test('the page on autoscaling shows the query as it is', async () => {
  const onOneLine = (text = '') => text.replaceAll(/\s+/g, ' ').replaceAll('{}', '');
  const age = (await forAll()).find(({ record }) => record === 'carillon:backlog_age_seconds');
  expect(onOneLine(readRepositoryFile('docs/autoscaling.md'))).toContain(onOneLine(age?.expr));
});

const rulesFile = (rules: readonly Recorded[]) =>
  stringify({ groups: [{ name: 'scaling', interval: '15s', rules }] });
const forAll = async () =>
  recordedBy(await render('minimal.yaml', '--set', 'monitoring.rules.enabled=true')).filter(
    ({ labels }) => labels.deployment === 'carillon-worker-all',
  );

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
] as const)('workers are scaled %s', async (_, name, given, value) => {
  await using folderOfTest = await scratch();
  await folderOfTest.write('rules.yml', rulesFile(await forAll()));
  const series = `carillon:${name}`;
  const labels = `${series}{deployment="carillon-worker-all"}`;
  const expected = value === undefined ? [] : [{ labels, value }];
  const input = Object.entries(given).map(([one, at]) => ({ series: one, values: `${at}x10` }));
  const asked = { expr: series, eval_time: '2m', exp_samples: expected };
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
