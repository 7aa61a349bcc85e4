export type { AppConfig } from './config/app-entries.ts';
export type { AppType } from './config/app-type.ts';
export type { HostPort } from './config/address.ts';
export { changedSettings } from './config/changed-settings.ts';
export { appSettingError, ConfigError } from './config/config-error.ts';
export type { ConfigProblem } from './config/config-error.ts';
export { configJsonSchema } from './config/json-schema.ts';
export type { JsonSchema } from './config/json-schema.ts';
export { loadConfig, parseConfig } from './config/load-config.ts';
export type { Config, ConfigSource } from './config/load-config.ts';
export type { RedisServer, RedisSettings } from './config/redis-settings.ts';
export { nearestWord } from './config/nearest-word.ts';
export { configReference } from './config/reference.ts';
export { readSecretFile } from './config/secret-file.ts';
export { exits } from './exits.ts';
export type { Exit } from './exits.ts';
export { watchFiles } from './file-watch.ts';
export type { FileWatch } from './file-watch.ts';
export { createFingerprint } from './fingerprint.ts';
export type { Fingerprint } from './fingerprint.ts';
export { createLifecycle, StopError } from './lifecycle.ts';
export type { Lifecycle, LifecycleOptions, StepOptions, StoppedStep, StopReport } from './lifecycle.ts';
export { listenError } from './listen.ts';
export { createLog } from './log.ts';
export type { Log, LogControl, LogLevel, LogOptions } from './log.ts';
export { noApp } from './metrics/catalogue.ts';
export type { DeviceResult, DropReason, RequeueReason } from './metrics/catalogue.ts';
export { createMetrics } from './metrics/metrics.ts';
export type {
  CounterSeries,
  GaugeSeries,
  HistogramSeries,
  Exposition,
  MetricFamilies,
  Metrics,
  MetricsOptions,
} from './metrics/metrics.ts';
export { createProviderObserver } from './metrics/provider-observer.ts';
export type { QueueReading, QueueSource } from './metrics/queue-reader.ts';
export { withWarnings } from './metrics/redis-reading.ts';
export type { RedisReading, RedisSource, RedisWarning } from './metrics/redis-reading.ts';
export { createHopObserver } from './metrics/hop-observer.ts';
export { metricsReference } from './metrics/reference.ts';
export { OperatorError } from './operator-error.ts';
export type { OperatorErrorOptions } from './operator-error.ts';
export { startOps } from './ops.ts';
export type { OpsListener, OpsOptions } from './ops.ts';
export { createReadiness } from './readiness.ts';
export type { Readiness } from './readiness.ts';
export { createReloads } from './reloads.ts';
export type { Reloads, ReloadsOptions } from './reloads.ts';
export { run } from './run.ts';
export type { RunOptions, StopRequest } from './run.ts';
export { startOpenTelemetry } from './opentelemetry/start.ts';
export type { OpenTelemetryOptions } from './opentelemetry/start.ts';
export type { JobSpan, OpenTelemetry, RecordedSpan, RequestFacts } from './opentelemetry/spans.ts';
export { createTroubleLog } from './trouble-log.ts';
export type { TroubleLog } from './trouble-log.ts';
