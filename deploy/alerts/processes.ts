import type { AlertGroup } from './alert.ts';

/** What all apps stand on. */
export const processes: AlertGroup = {
  name: 'carillon-processes',
  alerts: [
    {
      name: 'CarillonProcessDown',
      severity: 'page',
      expr: 'up{job=~"carillon.*"} == 0',
      for: '2m',
      summary: '{{ $labels.instance }} ({{ $labels.job }}) does not answer.',
      description:
        'The process is down, hangs, or its ops listener cannot be reached. Its log says why it ended.',
    },
    {
      name: 'CarillonGone',
      severity: 'page',
      expr: 'absent(up{job=~"carillon.*"})',
      for: '5m',
      summary: 'Prometheus knows of no process of Carillon.',
      description: 'None runs, or Prometheus looks in the wrong place: see its targets.',
    },
    {
      name: 'CarillonRedisUnreachable',
      severity: 'page',
      expr: 'sum by (job, instance) (increase(carillon_queue_read_failures_total[2m])) > 0',
      for: '30s',
      summary: '{{ $labels.instance }} cannot read its queues from Redis.',
      description:
        'Redis is down, frozen, loading or not reachable from there; homeservers get 503 and come again. `carillon check` names which.',
    },
    {
      name: 'CarillonRedisNearlyFull',
      severity: 'page',
      expr: 'max by (node) (carillon_redis_memory_used_bytes) / (max by (node) (carillon_redis_memory_max_bytes) > 0) > 0.85',
      for: '2m',
      summary: 'Redis is {{ $value | humanizePercentage }} full. At 100 % homeservers are refused.',
      description:
        'A backlog grows (parked app, provider in trouble, too few workers), or maxmemory is too small. `carillon apps` shows what waits.',
    },
    {
      name: 'CarillonRedisUnsafe',
      severity: 'ticket',
      expr: 'max by (problem) (carillon_redis_unsafe) == 1',
      for: '5m',
      summary: 'Redis can lose what was promised: {{ $labels.problem }}.',
      description: 'See docs/operations.md for how Redis has to be set up; `carillon check` tells the cure.',
    },
    {
      name: 'CarillonRedisSlow',
      severity: 'ticket',
      expr: 'histogram_quantile(0.99, sum by (le) (rate(carillon_redis_command_duration_seconds_bucket[5m]))) > 0.1',
      for: '5m',
      summary: 'One command in a hundred takes Redis longer than {{ $value | humanizeDuration }}.',
      description:
        'Its one thread is busy, its disk is slow (appendfsync always), or the network is. More shards on a Cluster spread the load.',
    },
    {
      name: 'CarillonClockWrong',
      severity: 'ticket',
      expr: 'max by (job, instance) (abs(carillon_clock_ahead_seconds)) > 5',
      for: '2m',
      summary: "The clock of {{ $labels.instance }} is {{ $value | humanizeDuration }} away from Redis'.",
      description:
        'Ages, expiry and tokens go by Redis, so nothing is late or lost for it. Set both by NTP: if all instances say so, it is the machine of Redis, and providers will refuse the tokens.',
    },
    {
      name: 'CarillonEventLoopBusy',
      severity: 'ticket',
      expr: 'nodejs_eventloop_lag_p99_seconds > 0.25 and on (job, instance) carillon_build_info',
      for: '5m',
      summary: 'The event loop of {{ $labels.instance }} is late by {{ $value | humanizeDuration }}.',
      description: 'The process has more to do than one core can: start more of its kind.',
    },
    {
      name: 'CarillonReloadFailed',
      severity: 'ticket',
      expr:
        'max by (job, instance) (carillon_config_last_reload_successful) == 0 or ' +
        'max by (job, instance, app) (carillon_credentials_last_reload_successful) == 0',
      summary:
        '{{ $labels.instance }} could not take {{ with $labels.app }}the changed credentials of {{ . }}{{ else }}its changed configuration{{ end }} and runs on with the old.',
      description: 'Its log has every problem; `carillon check` shows them too.',
    },
    {
      name: 'CarillonUnknownApps',
      severity: 'ticket',
      expr:
        'sum(increase(carillon_devices_total{result=~"unknown_app|ambiguous_app"}[30m])) > 50 and ' +
        'sum(increase(carillon_devices_total{result=~"unknown_app|ambiguous_app"}[30m])) > 0.05 * sum(increase(carillon_devices_total[30m]))',
      summary:
        'More than 5 % of pushes are for apps that are not in the configuration; their pushers are rejected.',
      description:
        'An app was removed or misspelt, or strangers use this gateway. To keep pushers while you look: `ingress.unknown_app: ignore`.',
    },
    {
      name: 'CarillonNothingArrives',
      severity: 'ticket',
      expr: 'sum(rate(carillon_devices_total[15m])) == 0 and sum(rate(carillon_devices_total[1h] offset 1h)) > 0.05',
      for: '10m',
      summary: 'No homeserver has sent a push for a quarter of an hour.',
      description:
        'The reverse proxy, its certificate or DNS is broken, or homeservers have blocked this gateway after errors.',
    },
  ],
};
