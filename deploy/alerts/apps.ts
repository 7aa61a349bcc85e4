import {
  appStopped,
  delivered,
  increasePer,
  lanePaused,
  putOff,
  shared,
  stepped,
  unlessPaged,
  type AlertGroup,
} from './alert.ts';

const expired = increasePer('app, lane', 'carillon_deliveries_dropped_total{reason="expired"}', '15m');
/** Every reason by which a provider's table says "too many"; a test holds it against the tables. */
const throttled =
  'TooManyRequests|TooManyProviderTokenUpdates|http_429|http_406|wns_throttled|QUOTA_EXCEEDED|RESOURCE_EXHAUSTED|device_quota|project_quota';
const throttledSends = `carillon_sends_total{outcome="later",reason=~"${throttled}"}`;
const failed = 'carillon_sends_total{outcome=~"later|refused|misconfigured"}';
/** Each says why the sends of an app fail. */
const pagesOfSends = [
  'CarillonAppParked',
  'CarillonFuseTripped',
  'CarillonProviderInTrouble',
  'CarillonDeliveriesPutOff',
];

/** What keeps one app's phones from ringing. */
export const apps: AlertGroup = {
  name: 'carillon-apps',
  alerts: [
    {
      name: 'CarillonAppParked',
      severity: 'page',
      expr: `${shared('app, reason', 'carillon_app_parked{reason!~"fuse: .*"}')} == 1`,
      for: '1m',
      summary:
        '{{ $labels.app }} is parked: {{ if eq $labels.reason "proxy_credentials" }}the proxy wants other credentials (407){{ else }}its provider answers {{ $labels.reason }}{{ end }}.',
      description:
        'Its credentials, topic, project or clock are wrong; the deliveries wait. `carillon apps` tells the cure, `carillon check` looks for the cause.',
    },
    {
      name: 'CarillonFuseTripped',
      severity: 'page',
      expr: `${shared('app, reason', 'carillon_app_parked{reason=~"fuse: .*"}')} == 1`,
      summary:
        '{{ $labels.app }} is parked by its {{ $labels.reason }}, as the answer to most of its pushkeys.',
      description:
        'So many phones hardly ever go at once: a setting of ours is wrong. Nothing was rejected. `carillon apps` tells the one cure of that answer, docs/runbook.md all of them.',
    },
    {
      name: 'CarillonProviderInTrouble',
      severity: 'page',
      expr: `${shared('app, reason', 'carillon_breaker_open')} == 1`,
      for: '2m',
      summary:
        'The sends of {{ $labels.app }} fail, half of them at least ({{ $labels.reason }}); it is held.',
      description:
        "The provider has an outage, its quota is used up, or the way to it is broken. The deliveries go out by themselves when it is over. `carillon apps` tells the reason and the cure; see the provider's status page; `carillon check` tries names, proxy and TLS.",
    },
    {
      name: 'CarillonOldestDeliveryTooOld',
      severity: 'page',
      expr:
        `(${shared('app, lane', 'carillon_queue_oldest_seconds{lane="calls"}')} > 10 or ` +
        `${shared('app, lane', 'carillon_queue_oldest_seconds{lane="high"}')} > 60 or ` +
        `${shared('app, lane', 'carillon_queue_oldest_seconds{lane="low"}')} > 600)` +
        ` unless on (app) ${appStopped} unless on (app, lane) ${lanePaused}`,
      for: '1m',
      summary:
        'A delivery of {{ $labels.app }} has waited for {{ $value | humanizeDuration }} in the lane {{ $labels.lane }}.',
      description:
        'Workers are too few or too slow for what comes in, or a provider answers slowly. `carillon top` shows backlog and rates.',
    },
    {
      name: 'CarillonDeliveriesPutOff',
      severity: 'page',
      expr:
        `${putOff} >= 3` +
        ` unless on (app) sum by (app) (${putOff}) <= ${increasePer('app', delivered, '5m')}` +
        ` and on (app) (${shared('app', 'carillon_queue_later_oldest_seconds{lane="calls"}')} > 10 or ` +
        `${shared('app', 'carillon_queue_later_oldest_seconds{lane="high"}')} > 60 or ` +
        `${shared('app', 'carillon_queue_later_oldest_seconds{lane="low"}')} > 600)` +
        ` unless on (app) ${appStopped}`,
      for: '1m',
      summary:
        'The provider of {{ $labels.app }} puts its deliveries off ({{ $labels.reason }}): {{ $value }} wait, more than it took in five minutes.',
      description:
        'A quota is used up, or its servers are in trouble. Each is tried again by itself. `carillon apps` tells since when they wait, docs/outcomes.md has the reason with its cure.',
    },
    {
      name: 'CarillonNoWorkers',
      severity: 'page',
      // Redis knows of workers only while it takes writes: what a worker says of itself counts, too.
      expr: `${shared('app, lane', 'carillon_queue_workers')} == 0 unless on (app, lane) ${shared('app, lane', 'carillon_in_flight_limit')} > 0`,
      for: '1m',
      summary: 'No worker takes the deliveries of {{ $labels.app }} in the lane {{ $labels.lane }}.',
      description:
        'The workers are down, cannot reach Redis, or were started with --app, --type or --lane so that this queue is left out.',
    },
    {
      name: 'CarillonBacklogFull',
      severity: 'page',
      expr: `${increasePer('app', 'carillon_devices_total{result=~"shed|backlog_full"}', '5m')} > 0`,
      summary:
        'More waits for {{ $labels.app }} than its max_backlog or max_backlog_memory allows: pushes are dropped or refused.',
      description:
        'Its workers are too few, it is parked, its provider is in trouble, or something floods it. `carillon apps` tells which.',
    },
    {
      name: 'CarillonDeliveriesExpire',
      severity: 'ticket',
      // Also where nothing had an outcome, so that there is no share to take.
      expr:
        `${expired} > 0 unless ${expired} <= ` +
        `0.01 * ${increasePer('app, lane', 'carillon_delivery_seconds_count', '15m')}`,
      summary:
        'More than 1 % of the deliveries of {{ $labels.app }} ({{ $labels.lane }}) are dropped as too old.',
      description:
        'They waited longer than max_age: after an outage, while the app was parked, or because workers are too few.',
    },
    {
      name: 'CarillonRejectionsSurge',
      severity: 'page',
      expr:
        `${increasePer('app', 'carillon_rejections_recorded_total', '30m')} / ` +
        `${increasePer('app', 'carillon_sends_total', '30m')} > 0.2 and ` +
        `${increasePer('app', 'carillon_rejections_recorded_total', '30m')} > 100`,
      summary:
        '{{ $value | humanizePercentage }} of what was sent to {{ $labels.app }} in half an hour ended as a dead pushkey.',
      description:
        'A release of the app that lost its registrations, a move to another project or key, or an attack. Homeservers delete these pushers: look at `carillon_rejections_recorded_total` by reason now.',
    },
    {
      name: 'CarillonSuspectsOnly',
      severity: 'ticket',
      expr:
        `${increasePer('app', 'carillon_suspects_total', '1h')} > 10 unless ` +
        `${increasePer('app', 'carillon_sends_total{outcome="delivered"}', '1h')} > 0`,
      for: '5m',
      summary: 'Nothing of {{ $labels.app }} is delivered; its pushkeys are answered as unknown.',
      description:
        'Its settings are wrong (topic, platform, key, project_id), and it sends too little for its fuse to judge by. `carillon check` tries the credentials.',
    },
    {
      name: 'CarillonProviderThrottles',
      severity: 'ticket',
      expr:
        `${increasePer('app', throttledSends, '10m')} > ` +
        `0.05 * ${increasePer('app', 'carillon_sends_total', '10m')} > 0${unlessPaged('app', ...pagesOfSends)}`,
      summary: 'The provider of {{ $labels.app }} refuses more than 5 % of sends as too many.',
      description:
        'The quota of the FCM project is used up, one device gets too many, or something floods the app. `carillon_sends_total` by reason says which.',
    },
    {
      name: 'CarillonSendsFail',
      severity: 'ticket',
      expr:
        `${increasePer('app, outcome, reason', failed, '10m')} / on (app) group_left ` +
        `${increasePer('app', 'carillon_sends_total', '10m')} > 0.1 and ` +
        `${increasePer('app, outcome, reason', failed, '10m')} > 10${unlessPaged('app', ...pagesOfSends)}`,
      for: '5m',
      summary:
        '{{ $value | humanizePercentage }} of the sends of {{ $labels.app }} end as {{ $labels.outcome }}: {{ $labels.reason }}.',
      description: 'docs/outcomes.md has the reason and its cure.',
    },
    {
      name: 'CarillonProviderSlow',
      severity: 'ticket',
      expr:
        'histogram_quantile(0.95, sum by (app, le) (rate(carillon_send_duration_seconds_bucket[5m]))) > 2.5' +
        ` and on (app) ${increasePer('app', 'carillon_send_duration_seconds_count', '5m')} > 20`,
      for: '5m',
      summary: 'One send in twenty of {{ $labels.app }} takes longer than {{ $value | humanizeDuration }}.',
      description:
        'The provider is slow, or the way to it: proxy, DNS, packet loss. `carillon check` times each step.',
    },
    {
      name: 'CarillonUnknownAnswers',
      severity: 'ticket',
      expr: stepped('app, status', 'carillon_unknown_answers_total', '1h'),
      summary:
        'The provider of {{ $labels.app }} answers {{ $labels.status }} in words that Carillon does not know.',
      description:
        'The provider has changed, or something in between answers in its place. The log has the status and what is known of it.',
    },
    {
      name: 'CarillonCredentialExpires',
      severity: 'ticket',
      // Below three days it is a page.
      expr:
        `${shared('app, credential', 'carillon_credential_expiry_timestamp_seconds')} - time() < 30 * 86400` +
        ` and ${shared('app, credential', 'carillon_credential_expiry_timestamp_seconds')} - time() >= 3 * 86400`,
      summary: '{{ $labels.credential }} of {{ $labels.app }} ends in {{ $value | humanizeDuration }}.',
      description: 'Renew it and put the new file in its place; it is read by itself, without a restart.',
    },
    {
      name: 'CarillonCredentialExpires',
      severity: 'page',
      expr: `${shared('app, credential', 'carillon_credential_expiry_timestamp_seconds')} - time() < 3 * 86400`,
      summary:
        '{{ $labels.credential }} of {{ $labels.app }} {{ if gt $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }}.',
      description:
        'Once it has ended every send of the app fails. Renew it and put the new file in its place; no restart is needed.',
    },
    {
      name: 'CarillonAppFloods',
      severity: 'ticket',
      expr:
        'sum by (app) (rate(carillon_devices_total[5m])) > 50 and ' +
        'sum by (app) (rate(carillon_devices_total[5m])) > 10 * sum by (app) (rate(carillon_devices_total[1h] offset 10m))',
      for: '5m',
      summary:
        '{{ $labels.app }} gets {{ $value | humanize }} pushes a second, ten times as many as an hour ago.',
      description:
        'A busy room, a loop of bots, a homeserver that replays, or an attack. Others are not delayed by it. `ingress.rate_limit` bounds what one address may send.',
    },
    {
      name: 'CarillonDeadLetters',
      severity: 'ticket',
      expr: `${shared('app', 'carillon_dead_letters')} > 0`,
      summary: 'Dead letters of {{ $labels.app }}: {{ $value }}.',
      description:
        'They could not be read, or crashed their workers. `carillon dead list` shows them; retry or drop them.',
    },
  ],
};
