import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../deploy/alerts/alert.ts';
import { alertGroups, alertRules } from '../../deploy/alerts/rules-file.ts';
import { providers } from '../../script/generate/providers.ts';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

/** Series in promtool's form, a value a minute: `0+6x60` grows by six each minute for an hour. */
type Series = Readonly<Record<string, string>>;

interface Case {
  readonly severity?: Alert['severity'];
  /** Where it has to fire, and with which labels beside its name and severity. */
  readonly fires: Series;
  readonly labels: Readonly<Record<string, string>>;
  /** A state like it that is no cause for alarm. */
  readonly quiet: Series;
  readonly at?: string;
  /** How often there is a value; a minute, unless days have to pass. */
  readonly every?: string;
}

const app = 'app="a"';
const queue = 'app="a", lane="high"';
const sends = (outcome: string, reason: string) =>
  `carillon_sends_total{${app}, outcome="${outcome}", reason="${reason}"}`;
const devices = (result: string) => `carillon_devices_total{${app}, result="${result}"}`;
const expiry = `carillon_credential_expiry_timestamp_seconds{${app}, credential="certfile"}`;
const days = (n: number) => `${n * 86_400}x90`;

/** Whatever a provider's table calls "too many". */
const throttlings = [
  ...new Set(
    providers.flatMap(({ answers }) =>
      answers
        .filter((row) => row.kind === 'later' && row.later.backoff === 'throttled')
        .map(({ reason }) => reason),
    ),
  ),
];

const cases: Readonly<Record<string, readonly Case[]>> = {
  CarillonRefusesRequests: [
    {
      severity: 'page',
      fires: {
        'carillon_http_requests_total{status="200"}': '0+950x90',
        'carillon_http_requests_total{status="503"}': '0+50x90',
      },
      labels: {},
      quiet: {
        'carillon_http_requests_total{status="200"}': '0+10000x90',
        'carillon_http_requests_total{status="503"}': '0+1x90',
      },
    },
    {
      severity: 'ticket',
      fires: {
        'carillon_http_requests_total{status="200"}': '0+1000x500',
        'carillon_http_requests_total{status="503"}': '0+3x500',
      },
      labels: {},
      quiet: {
        'carillon_http_requests_total{status="200"}': '0+10000x500',
        'carillon_http_requests_total{status="503"}': '0+1x500',
      },
      at: '80h',
      every: '10m',
    },
  ],
  CarillonPushesLate: [
    {
      severity: 'page',
      fires: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10.0"}`]: '0+80x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [`carillon_queue_oldest_seconds{${queue}}`]: '12x90',
      },
      labels: {},
      quiet: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+998x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+1000x90',
        [`carillon_queue_oldest_seconds{${queue}}`]: '12x90',
      },
    },
    {
      // A fault that is over by now, and one that lasts: what a provider puts off beside what it takes.
      severity: 'page',
      fires: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+80x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [sends('delivered', 'ok')]: '0+100x90',
        [`carillon_queue_later{${queue}, reason="http_503"}`]: '50x90',
      },
      labels: {},
      quiet: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+80x58 4740+100x30',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [sends('delivered', 'ok')]: '0+100x90',
        [`carillon_queue_oldest_seconds{${queue}}`]: '60x57 0x30',
        [`carillon_queue_later{${queue}, reason="http_503"}`]: '50x57 3x30',
      },
    },
    {
      // What was paused, parked or held a moment ago goes out now.
      severity: 'page',
      fires: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+80x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [`carillon_queue_oldest_seconds{${queue}}`]: '50x90',
        [`carillon_app_paused{${app}, lane="low"}`]: '1x90',
      },
      labels: {},
      quiet: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+80x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [`carillon_queue_oldest_seconds{${queue}}`]: '50x90',
        [`carillon_app_paused{${queue}}`]: '1x57 0x30',
      },
    },
    {
      severity: 'page',
      fires: {
        [`carillon_queue_oldest_seconds{${app}, lane="calls"}`]: '29x90',
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+100x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [`carillon_deliveries_dropped_total{${queue}, reason="expired"}`]: '0+100x90',
      },
      labels: {},
      quiet: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+100x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
        [`carillon_deliveries_dropped_total{${queue}, reason="rejected"}`]: '0+100x90',
      },
    },
    {
      severity: 'ticket',
      fires: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+990x500',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+1000x500',
      },
      labels: {},
      quiet: {
        [`carillon_delivery_seconds_bucket{${queue}, le="10"}`]: '0+998x500',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+1000x500',
      },
      at: '80h',
      every: '10m',
    },
  ],
  CarillonAppParked: [
    {
      fires: { [`carillon_app_parked{${app}, reason="BadTopic", instance="w1"}`]: '1x90' },
      labels: { app: 'a', reason: 'BadTopic' },
      quiet: { [`carillon_app_parked{${app}, reason="BadTopic", instance="w1"}`]: '0x90' },
    },
  ],
  CarillonFuseTripped: [
    {
      fires: { [`carillon_app_parked{${app}, reason="fuse: BadDeviceToken"}`]: '1x90' },
      labels: { app: 'a', reason: 'fuse: BadDeviceToken' },
      quiet: { [`carillon_app_parked{${app}, reason="BadTopic"}`]: '1x90' },
    },
  ],
  CarillonProviderInTrouble: [
    {
      fires: { [`carillon_breaker_open{${app}, reason="InternalServerError"}`]: '1x90' },
      labels: { app: 'a', reason: 'InternalServerError' },
      quiet: { [`carillon_breaker_open{${app}, reason="InternalServerError"}`]: '0x58 1 1 0' },
    },
  ],
  CarillonOldestDeliveryTooOld: [
    {
      fires: { [`carillon_queue_oldest_seconds{${queue}}`]: '90x90' },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_queue_oldest_seconds{${queue}}`]: '90x90',
        [`carillon_breaker_open{${app}, reason="timeout"}`]: '1x90',
      },
    },
    {
      fires: { [`carillon_queue_oldest_seconds{${app}, lane="calls"}`]: '11x90' },
      labels: { app: 'a', lane: 'calls' },
      quiet: { [`carillon_queue_oldest_seconds{${app}, lane="low"}`]: '500x90' },
    },
    {
      fires: {
        [`carillon_queue_oldest_seconds{${queue}}`]: '90x90',
        [`carillon_app_paused{${app}, lane="calls"}`]: '1x90',
      },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_queue_oldest_seconds{${queue}}`]: '90x90',
        [`carillon_app_paused{${queue}}`]: '1x90',
      },
    },
  ],
  CarillonDeliveriesPutOff: [
    {
      fires: {
        [`carillon_queue_later{${queue}, reason="RESOURCE_EXHAUSTED", instance="w1"}`]: '0+20x90',
        [`carillon_queue_later{${queue}, reason="RESOURCE_EXHAUSTED", instance="w2"}`]: '0+20x90',
        [`carillon_queue_later_oldest_seconds{${queue}}`]: '0+60x90',
        [sends('delivered', 'ok')]: '0+1000x40 40000x50',
      },
      labels: { app: 'a', reason: 'RESOURCE_EXHAUSTED' },
      quiet: {
        // One push server of many is down.
        [`carillon_queue_later{${queue}, reason="http_503"}`]: '0+20x90',
        [`carillon_queue_later_oldest_seconds{${queue}}`]: '0+60x90',
        [sends('delivered', 'ok')]: '0+1000x90',
      },
    },
    {
      // Of an app that has never delivered anything.
      fires: {
        [`carillon_queue_later{${app}, lane="calls", reason="timeout"}`]: '3x90',
        [`carillon_queue_later_oldest_seconds{${app}, lane="calls"}`]: '20x90',
      },
      labels: { app: 'a', reason: 'timeout' },
      quiet: {
        // They were put off just now, or for registrations that are not known.
        [`carillon_queue_later{${queue}, reason="timeout"}`]: '300x90',
        [`carillon_queue_later_oldest_seconds{${queue}}`]: '20x90',
        'carillon_queue_later{app="b", lane="high", reason="timeout"}': '0x90',
        'carillon_queue_later_oldest_seconds{app="b", lane="high"}': '50000x90',
      },
    },
    {
      fires: {
        [`carillon_queue_later{${queue}, reason="timeout"}`]: '30x90',
        [`carillon_queue_later_oldest_seconds{${queue}}`]: '90x90',
        [`carillon_breaker_open{${app}, reason="timeout"}`]: '1x50 0x40',
      },
      labels: { app: 'a', reason: 'timeout' },
      quiet: {
        [`carillon_queue_later{${queue}, reason="timeout"}`]: '30x90',
        [`carillon_queue_later_oldest_seconds{${queue}}`]: '90x90',
        [`carillon_breaker_open{${app}, reason="timeout"}`]: '1x90',
      },
    },
  ],
  CarillonNoWorkers: [
    {
      fires: { [`carillon_queue_workers{${queue}}`]: '0x90' },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_queue_workers{${queue}, instance="i1"}`]: '0x90',
        [`carillon_queue_workers{${queue}, instance="i2"}`]: '1x90',
      },
    },
    {
      fires: { [`carillon_queue_workers{${queue}}`]: '0x90', [`carillon_in_flight_limit{${queue}}`]: '0x90' },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_queue_workers{${queue}}`]: '0x90',
        [`carillon_in_flight_limit{${queue}}`]: '256x90',
      },
    },
  ],
  CarillonBacklogFull: [
    {
      fires: { [devices('shed')]: '0x58 1 2 3' },
      labels: { app: 'a' },
      quiet: { [devices('queued')]: '0+100x90' },
    },
  ],
  CarillonDeliveriesExpire: [
    {
      fires: {
        [`carillon_deliveries_dropped_total{${queue}, reason="expired"}`]: '0+5x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+100x90',
      },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_deliveries_dropped_total{${queue}, reason="expired"}`]: '0x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0x90',
      },
    },
    {
      fires: { [`carillon_deliveries_dropped_total{${queue}, reason="expired"}`]: '0+5x90' },
      labels: { app: 'a', lane: 'high' },
      quiet: {
        [`carillon_deliveries_dropped_total{${queue}, reason="expired"}`]: '0+1x90',
        [`carillon_delivery_seconds_count{${queue}}`]: '0+200x90',
      },
    },
  ],
  CarillonRejectionsSurge: [
    {
      fires: {
        [`carillon_rejections_recorded_total{${app}, reason="Unregistered"}`]: '0+30x90',
        [sends('dead', 'Unregistered')]: '0+30x90',
        [sends('delivered', 'ok')]: '0+70x90',
      },
      labels: { app: 'a' },
      quiet: {
        [`carillon_rejections_recorded_total{${app}, reason="Unregistered"}`]: '0+30x90',
        [sends('dead', 'Unregistered')]: '0+30x90',
        [sends('delivered', 'ok')]: '0+970x90',
      },
    },
  ],
  CarillonSuspectsOnly: [
    {
      fires: { [`carillon_suspects_total{${app}, reason="BadDeviceToken"}`]: '0+1x90' },
      labels: { app: 'a' },
      quiet: {
        [`carillon_suspects_total{${app}, reason="BadDeviceToken"}`]: '0+1x90',
        [sends('delivered', 'ok')]: '0+1x90',
      },
    },
  ],
  CarillonProviderThrottles: [
    {
      fires: { [sends('later', 'QUOTA_EXCEEDED')]: '0+10x90', [sends('delivered', 'ok')]: '0+90x90' },
      labels: { app: 'a' },
      quiet: { [sends('later', 'QUOTA_EXCEEDED')]: '0+1x90', [sends('delivered', 'ok')]: '0+99x90' },
    },
    ...throttlings.map((reason) => ({
      fires: { [sends('later', reason)]: '0+10x90' },
      labels: { app: 'a' },
      quiet: { [sends('later', `${reason}_not`)]: '0+10x90' },
    })),
  ],
  CarillonSendsFail: [
    {
      fires: { [sends('refused', 'PayloadTooLarge')]: '0+20x90', [sends('delivered', 'ok')]: '0+80x90' },
      labels: { app: 'a', outcome: 'refused', reason: 'PayloadTooLarge' },
      quiet: { [sends('dead', 'Unregistered')]: '0+20x90', [sends('delivered', 'ok')]: '0+80x90' },
    },
  ],
  CarillonProviderSlow: [
    {
      fires: {
        [`carillon_send_duration_seconds_bucket{${app}, le="2.5"}`]: '0+50x90',
        [`carillon_send_duration_seconds_bucket{${app}, le="5"}`]: '0+100x90',
        [`carillon_send_duration_seconds_bucket{${app}, le="+Inf"}`]: '0+100x90',
        [`carillon_send_duration_seconds_count{${app}}`]: '0+100x90',
      },
      labels: { app: 'a' },
      quiet: {
        [`carillon_send_duration_seconds_bucket{${app}, le="2.5"}`]: '0+1x90',
        [`carillon_send_duration_seconds_bucket{${app}, le="5"}`]: '0+2x90',
        [`carillon_send_duration_seconds_bucket{${app}, le="+Inf"}`]: '0+2x90',
        [`carillon_send_duration_seconds_count{${app}}`]: '0+2x90',
      },
    },
  ],
  CarillonUnknownAnswers: [
    {
      fires: { [`carillon_unknown_answers_total{${app}, status="418"}`]: '0x58 1 1 1' },
      labels: { app: 'a', status: '418' },
      quiet: { [`carillon_unknown_answers_total{${app}, status="418"}`]: '7x90' },
    },
    {
      // The series begins with the first answer.
      fires: { [`carillon_unknown_answers_total{${app}, status="418"}`]: '_x30 1x60' },
      labels: { app: 'a', status: '418' },
      quiet: {},
    },
  ],
  CarillonCredentialExpires: [
    {
      severity: 'ticket',
      fires: { [expiry]: days(29) },
      labels: { app: 'a', credential: 'certfile' },
      quiet: { [expiry]: days(40) },
    },
    {
      // Somebody was woken for it.
      severity: 'ticket',
      fires: { [expiry]: days(4) },
      labels: { app: 'a', credential: 'certfile' },
      quiet: { [expiry]: days(2) },
    },
    {
      severity: 'page',
      fires: { [expiry]: days(2) },
      labels: { app: 'a', credential: 'certfile' },
      quiet: { [expiry]: days(29) },
    },
  ],
  CarillonAppFloods: [
    {
      fires: { [devices('queued')]: '0+60x50 60000+60000x20' },
      labels: { app: 'a' },
      quiet: { [devices('queued')]: '0+60000x90' },
    },
  ],
  CarillonDeadLetters: [
    {
      fires: { [`carillon_dead_letters{${app}}`]: '2x90' },
      labels: { app: 'a' },
      quiet: { [`carillon_dead_letters{${app}}`]: '0x90' },
    },
  ],
  CarillonProcessDown: [
    {
      fires: { 'up{job="carillon-worker", instance="w1"}': '1x50 0x20' },
      labels: { job: 'carillon-worker', instance: 'w1' },
      quiet: { 'up{job="carillon-worker", instance="w1"}': '1x90' },
    },
  ],
  CarillonGone: [
    {
      fires: { 'up{job="other"}': '1x90' },
      labels: {},
      quiet: { 'up{job="carillon-ingress", instance="i1"}': '0x90' },
    },
  ],
  CarillonRedisUnreachable: [
    {
      fires: { 'carillon_queue_read_failures_total{job="carillon-worker", instance="w1"}': '0x55 0+1x20' },
      labels: { job: 'carillon-worker', instance: 'w1' },
      quiet: { 'carillon_queue_read_failures_total{job="carillon-worker", instance="w1"}': '3x90' },
    },
  ],
  CarillonRedisNearlyFull: [
    {
      fires: {
        'carillon_redis_memory_used_bytes{node="n"}': '90x90',
        'carillon_redis_memory_max_bytes{node="n"}': '100x90',
      },
      labels: { node: 'n' },
      quiet: {
        'carillon_redis_memory_used_bytes{node="n"}': '90x90',
        'carillon_redis_memory_max_bytes{node="n"}': '0x90', // no limit
      },
    },
  ],
  CarillonRedisUnsafe: [
    {
      fires: { 'carillon_redis_unsafe{problem="eviction"}': '1x90' },
      labels: { problem: 'eviction' },
      quiet: { 'carillon_redis_unsafe{problem="eviction"}': '0x90' },
    },
  ],
  CarillonRedisSlow: [
    {
      fires: {
        'carillon_redis_command_duration_seconds_bucket{le="0.1"}': '0+90x90',
        'carillon_redis_command_duration_seconds_bucket{le="0.5"}': '0+100x90',
        'carillon_redis_command_duration_seconds_bucket{le="+Inf"}': '0+100x90',
      },
      labels: {},
      quiet: {
        'carillon_redis_command_duration_seconds_bucket{le="0.1"}': '0+100x90',
        'carillon_redis_command_duration_seconds_bucket{le="+Inf"}': '0+100x90',
      },
    },
  ],
  CarillonClockWrong: [
    {
      fires: { 'carillon_clock_ahead_seconds{job="j", instance="i"}': '-600x90' },
      labels: { job: 'j', instance: 'i' },
      quiet: { 'carillon_clock_ahead_seconds{job="j", instance="i"}': '-0.3x90' },
    },
  ],
  CarillonEventLoopBusy: [
    {
      fires: {
        'nodejs_eventloop_lag_p99_seconds{job="j", instance="i"}': '0.5x90',
        'carillon_build_info{job="j", instance="i", version="1"}': '1x90',
      },
      labels: { job: 'j', instance: 'i' },
      quiet: { 'nodejs_eventloop_lag_p99_seconds{job="other", instance="i"}': '0.5x90' },
    },
    {
      fires: {
        'nodejs_eventloop_lag_p99_seconds{job="j", instance="i"}': '0.3x90',
        'carillon_build_info{job="j", instance="i", version="1"}': '1x90',
      },
      labels: { job: 'j', instance: 'i' },
      quiet: {
        'nodejs_eventloop_lag_p99_seconds{job="j", instance="i"}': '0.02x90',
        'carillon_build_info{job="j", instance="i", version="1"}': '1x90',
      },
    },
  ],
  CarillonReloadFailed: [
    {
      fires: { 'carillon_config_last_reload_successful{job="j", instance="i"}': '0x90' },
      labels: { job: 'j', instance: 'i' },
      quiet: { 'carillon_config_last_reload_successful{job="j", instance="i"}': '1x90' },
    },
    {
      fires: {
        'carillon_config_last_reload_successful{job="j", instance="i"}': '1x90',
        [`carillon_credentials_last_reload_successful{${app}, job="j", instance="i"}`]: '0x90',
      },
      labels: { job: 'j', instance: 'i', app: 'a' },
      quiet: { [`carillon_credentials_last_reload_successful{${app}, job="j", instance="i"}`]: '1x90' },
    },
  ],
  CarillonUnknownApps: [
    {
      fires: { [devices('unknown_app')]: '0+10x90', [devices('queued')]: '0+90x90' },
      labels: {},
      quiet: { [devices('unknown_app')]: '0+1x90', [devices('queued')]: '0+90x90' },
    },
  ],
  CarillonNothingArrives: [
    {
      fires: { [devices('queued')]: '0+60x100 6000x60' },
      labels: {},
      quiet: { [devices('queued')]: '0x400' },
      at: '150m',
    },
  ],
};

const alerts = alertGroups.flatMap((group) => group.alerts);

/** What promtool finds wrong with the alert being silent (or not) over these series; empty if nothing. */
async function judge(
  name: string,
  { severity, labels, at = '60m', every = '1m' }: Case,
  series: Series,
  fires: boolean,
) {
  await using folder = await scratch();
  const ofThatName = alerts.filter((alert) => alert.name === name);
  await folder.write('rules.yml', alertRules([{ name: 'one', alerts: ofThatName }]));
  const chosen = severity ?? ofThatName[0]?.severity;
  const firing = Object.entries({ ...labels, alertname: name, alertstate: 'firing', severity: chosen });
  await folder.write(
    'test.yml',
    stringify({
      rule_files: ['rules.yml'],
      evaluation_interval: every,
      tests: [
        {
          interval: every,
          input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
          promql_expr_test: [
            {
              expr: `ALERTS{alertname="${name}", alertstate="firing", severity="${chosen}"}`,
              eval_time: at,
              exp_samples: fires
                ? [
                    {
                      labels: `ALERTS{${firing.map(([key, value]) => `${key}="${value}"`).join(', ')}}`,
                      value: 1,
                    },
                  ]
                : [],
            },
          ],
        },
      ],
    }),
  );
  const { code, stdout, stderr } = await run('promtool', ['test', 'rules', join(folder.path, 'test.yml')], {
    env: process.env,
  });
  return code === 0 ? '' : `${stdout}${stderr}`;
}

describe.each(Object.keys(cases))('%s', (name) => {
  test.each(cases[name] ?? [])('fires for its cause, and not for what is like it (case %#)', async (one) => {
    expect(await judge(name, one, one.fires, true)).toBe('');
    expect(await judge(name, one, one.quiet, false)).toBe('');
  });
});

test('every alert has a case, of each severity', () => {
  const tried = Object.entries(cases).flatMap(([name, list]) =>
    list.map(
      ({ severity }) => `${name} ${severity ?? alerts.find((alert) => alert.name === name)?.severity}`,
    ),
  );
  expect(new Set(tried)).toEqual(new Set(alerts.map(({ name, severity }) => `${name} ${severity}`)));
});

test('every alert has its section in the runbook, in which its name is the heading', () => {
  const headings = [...readRepositoryFile('docs/runbook.md').matchAll(/^## (.*)$/gm)].map(([, text]) => text);
  expect(new Set(headings)).toEqual(new Set(alerts.map(({ name }) => name)));
});

test('Prometheus reads the rule file, and it names only metrics that there are', async () => {
  const path = 'deploy/alerts/carillon.rules.yml';
  const checked = await run('promtool', ['check', 'rules', join(root, path)], { env: process.env });
  expect([checked.code, checked.stderr]).toEqual([0, '']);
  const reference = readRepositoryFile('docs/metrics.md');
  const names = [...readRepositoryFile(path).matchAll(/\bcarillon_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  );
  const unknown = names.filter((name) => !reference.includes(`\`${name}\``));
  expect(unknown).toEqual([]);
});
