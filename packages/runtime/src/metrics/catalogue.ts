import { lanes, outcomeKinds, type Lane, type OutcomeKind } from '@carillon/core';
import type { Definition, Label } from './family.ts';
import { unsafeProblems, type UnsafeProblem } from './redis-reading.ts';

/*
 * Every metric of every process. Names and units follow the Prometheus conventions; labels come from the
 * configuration and from closed sets (invariant 13), and no secret is ever one (invariant 12).
 */

/** What an ingress made of a device of a request. Each is counted, so nothing is dropped in silence. */
export type DeviceResult = (typeof deviceResults)[number];
const deviceResults = [
  // What the queue made of it.
  'queued',
  'duplicate',
  'rejected',
  'replaced',
  'shed',
  'backlog_full',
  // No app of the configuration matches its `app_id`: rejected.
  'unknown_app',
  // Two globs of the configuration match its `app_id`.
  'ambiguous_app',
  // An empty or overlong pushkey or app id, or a registration without its keys: nothing can ever be sent to it.
  'unusable',
  // No app matches, and the configuration says to drop such devices without rejecting them.
  'ignored',
] as const;

/** Why a delivery left the queue without a send. */
export type DropReason = (typeof dropReasons)[number];
const dropReasons = ['expired', 'rejected', 'superseded', 'dead_letter', 'displaced', 'dry_run'] as const;

/** Why an event was not posted. */
type EventDropReason = (typeof eventDropReasons)[number];
const eventDropReasons = ['refused', 'overflow', 'stopped'] as const;

/** Why a delivery went back to the queue. */
export type RequeueReason = (typeof requeueReasons)[number];
const requeueReasons = ['later', 'parked', 'suspect', 'newer'] as const;

/** The place of callers among those of this ingress. */
export type CallerRank = (typeof callerRanks)[number];
const callerRanks = ['busiest', 'next_49', 'rest'] as const;

/** The `app` of devices that belong to no app of the configuration. */
export const noApp = '(none)';

const app = label<string>('app', `an app's name in the configuration, or \`${noApp}\``);
const lane = label<Lane>('lane', lanes);
const node = label<string>('node', 'host and port of a Redis, or the name that sentinels call it by');
const reason = label<string>('reason', "the provider's or our own word for the outcome");

/** Each bound is about twice the one before, so that a quantile is wrong by half of itself at most. */
const upTo5s = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
/** From a send on a warm connection to the 15 s that a send may take. */
const sendBuckets = [...upTo5s, 10, 15] as const;
/** From a delivery at once, over the 10 s of the objective, to the day that a message may wait. */
const deliveryBuckets = [...upTo5s, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400] as const;
/** From an enqueue on a quiet machine to Element's test push that waits for its outcome. */
const requestBuckets = [...upTo5s, 10, 30] as const;

/** From a Redis on the same machine to the time after which an ingress gives up. */
const commandBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

export const catalogue = {
  buildInfo: gauge('carillon_build_info', 'Always 1; the label names the version that runs.', [
    label<string>('version', 'the version of Carillon'),
  ]),
  configReloaded: gauge(
    'carillon_config_last_reload_successful',
    '1 if the configuration could be used when it was read last, at the start or on SIGHUP.',
    [],
  ),
  configReloadedAt: gauge(
    'carillon_config_last_reload_success_timestamp_seconds',
    'When the configuration in use was read, in seconds since 1970.',
    [],
  ),
  appInfo: gauge('carillon_app_info', 'Always 1; tells the type of an app, to join other metrics with.', [
    app,
    label<string>('type', "the app's `type` in the configuration, such as `apns`"),
  ]),
  eventLoopBusy: counter(
    'carillon_event_loop_busy_seconds_total',
    'Time in which the event loop had work. Its rate is the share of its one core that a process uses: full at 1.',
    [],
  ),

  httpRequests: counter('carillon_http_requests_total', 'Requests answered by the ingress.', [
    label<number>('status', 'an HTTP status of ours'),
  ]),
  httpRequestDuration: histogram(
    'carillon_http_request_duration_seconds',
    'Time from the head of a request to its answer.',
    [],
    requestBuckets,
  ),
  callers: gauge(
    'carillon_callers',
    'Client addresses that called this ingress within half a minute, an IPv6 caller by its /64; at most 50,000 are told apart.',
    [],
  ),
  callerRequests: gauge(
    'carillon_caller_requests_per_second',
    'Notify requests a second over the last minute: of the busiest caller, of the 49 after it, and of all others. `carillon top` names them.',
    [label<CallerRank>('rank', callerRanks)],
  ),
  devices: counter(
    'carillon_devices_total',
    'Devices of all requests by what became of them: each ends in exactly one result.',
    [app, label<DeviceResult>('result', deviceResults)],
  ),

  sends: counter('carillon_sends_total', 'Sends by what the provider made of them, every try counted.', [
    app,
    label<OutcomeKind>('outcome', outcomeKinds),
    reason,
  ]),
  sendDuration: histogram(
    'carillon_send_duration_seconds',
    'Time of one send, from the start of the request to its outcome.',
    [app],
    sendBuckets,
  ),
  deliveryDuration: histogram(
    'carillon_delivery_seconds',
    "Time from the homeserver's request to the final outcome, all waits and tries included.",
    [app, lane],
    deliveryBuckets,
  ),
  dropped: counter(
    'carillon_deliveries_dropped_total',
    'Deliveries that left the queue unsent: too old, to a pushkey found dead meanwhile, overtaken by a newer badge, put among the dead letters, to a registration that is not known when the backlog was full (`displaced`), or of an app in dry run.',
    [app, lane, label<DropReason>('reason', dropReasons)],
  ),
  requeued: counter(
    'carillon_deliveries_requeued_total',
    'Times that a delivery went back to the queue: to be tried later, because its app is parked or held, because its pushkey is a suspect, or because a newer version wrote it.',
    [app, lane, label<RequeueReason>('reason', requeueReasons)],
  ),
  inFlight: gauge('carillon_in_flight', 'Deliveries that this worker has in flight.', [app, lane]),
  inFlightLimit: gauge(
    'carillon_in_flight_limit',
    'Deliveries that this worker may have in flight: `worker.concurrency`.',
    [app, lane],
  ),

  queueWaiting: gauge(
    'carillon_queue_waiting',
    'Deliveries that could be sent now. Every process reports the same: use max, not sum.',
    [app, lane],
  ),
  queueDelayed: gauge(
    'carillon_queue_delayed',
    'Deliveries that wait for their next try. Every process reports the same: use max, not sum.',
    [app, lane],
  ),
  queueOldest: gauge(
    'carillon_queue_oldest_seconds',
    'Age of the oldest delivery that could be sent now, 0 if there is none. Every process reports the same: use max.',
    [app, lane],
  ),
  queueLater: gauge(
    'carillon_queue_later',
    'Deliveries to registrations that are known which their provider has put off, and which have no outcome yet; the label has what it said to most of them. Every process reports the same: use max.',
    [app, lane, reason],
  ),
  queueLaterOldest: gauge(
    'carillon_queue_later_oldest_seconds',
    'Age of the oldest delivery that its provider has put off, 0 if there is none. Every process reports the same: use max.',
    [app, lane],
  ),
  queueWorkers: gauge(
    'carillon_queue_workers',
    'Worker processes that take from this lane; at 0 its deliveries wait until they expire. Every process reports the same: use max.',
    [app, lane],
  ),
  deadLetters: gauge(
    'carillon_dead_letters',
    'Deliveries that could not be read or crashed their workers, kept for `carillon dead`. Use max, not sum.',
    [app],
  ),
  queueReadFailures: counter(
    'carillon_queue_read_failures_total',
    'Scrapes that could not read the queues from Redis and so lack the metrics of them.',
    [],
  ),

  redisUnsafe: gauge(
    'carillon_redis_unsafe',
    '1 while Redis can lose what was promised, by its settings or its state; the log has the cure.',
    [label<UnsafeProblem>('problem', unsafeProblems)],
  ),
  redisMemoryUsed: gauge(
    'carillon_redis_memory_used_bytes',
    'Memory that Redis uses. Each process reports the same: use max, not sum.',
    [node],
  ),
  redisMemoryMax: gauge(
    'carillon_redis_memory_max_bytes',
    'The limit of that memory (`maxmemory`), 0 for none. Each process reports the same: use max, not sum.',
    [node],
  ),
  clockAhead: gauge(
    'carillon_clock_ahead_seconds',
    "How far the clock of this machine is ahead of Redis', by which all ages go; below 0 behind it.",
    [],
  ),
  redisCommandDuration: histogram(
    'carillon_redis_command_duration_seconds',
    'Time of a round trip to Redis: a batch of admissions at an ingress, a turn at a worker.',
    [],
    commandBuckets,
  ),

  parked: gauge('carillon_app_parked', '1 while the deliveries of an app wait for its operator.', [
    app,
    label<string>('reason', "the outcome's reason, behind `fuse: ` where the fuse tripped for it"),
  ]),
  paused: gauge(
    'carillon_app_paused',
    '1 while an operator has paused a lane of an app (`carillon apps pause`).',
    [app, lane],
  ),
  breakerOpen: gauge(
    'carillon_breaker_open',
    '1 while an app is held because its provider is in trouble for everyone; ends by itself.',
    [app, reason],
  ),
  breakerOpenings: counter(
    'carillon_breaker_openings_total',
    'Times that this worker saw trouble of the provider begin to hold an app.',
    [app, reason],
  ),
  rejectionsRecorded: counter(
    'carillon_rejections_recorded_total',
    'Pushkeys recorded as dead, to be rejected on their next notify.',
    [app, reason],
  ),
  suspects: counter(
    'carillon_suspects_total',
    'Answers that mean a dead pushkey unless a mistake of ours brought them; the fuse decides.',
    [app, reason],
  ),

  credentialsReloaded: gauge(
    'carillon_credentials_last_reload_successful',
    '0 while an app uses its old credentials because the changed files cannot be used.',
    [app],
  ),
  credentialExpiry: gauge(
    'carillon_credential_expiry_timestamp_seconds',
    'When a certificate expires, in seconds since 1970. Keys do not expire and are absent.',
    [app, label<string>('credential', 'the setting that names its file, such as `certfile`')],
  ),

  hopsSampled: gauge(
    'carillon_trace_sampled_ratio',
    'Share of the deliveries that go well whose hops are kept for `carillon trace`: 1 unless that would take too much memory.',
    [],
  ),
  hopsDropped: counter(
    'carillon_trace_hops_dropped_total',
    'Hops that `carillon trace` lacks because Redis did not take them in time.',
    [],
  ),

  eventsPosted: counter(
    'carillon_events_posted_total',
    "Events that the operator's own system has taken.",
    [],
  ),
  eventsDropped: counter(
    'carillon_events_dropped_total',
    "Events that the operator's own system lacks: it refused them, was away for too long, or this process stopped.",
    [label<EventDropReason>('reason', eventDropReasons)],
  ),

  connections: gauge('carillon_provider_connections', 'Open connections to a provider.', [app]),
  connectionsClosed: counter('carillon_provider_connections_closed_total', 'Connections that ended.', [
    app,
    label<string>('reason', '`goaway`, `error`, `timeout`, `idle` or `shutdown`'),
  ]),
  unknownAnswers: counter(
    'carillon_unknown_answers_total',
    "Answers of a provider that Carillon's table does not know.",
    [app, label<number>('status', 'an HTTP status of the provider')],
  ),
} as const;

function label<Value extends string | number>(name: string, values: readonly Value[] | string): Label<Value> {
  return { name, values };
}

function counter<const Labels extends readonly Label[]>(name: string, help: string, labels: Labels) {
  return { type: 'counter', name, help, labels } as const satisfies Definition<Labels>;
}

function gauge<const Labels extends readonly Label[]>(name: string, help: string, labels: Labels) {
  return { type: 'gauge', name, help, labels } as const satisfies Definition<Labels>;
}

function histogram<const Labels extends readonly Label[]>(
  name: string,
  help: string,
  labels: Labels,
  buckets: readonly number[],
) {
  return { type: 'histogram', name, help, labels, buckets } as const satisfies Definition<Labels>;
}
