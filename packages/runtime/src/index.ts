export type { AppConfig } from './config/schema/app-entries.ts';
export type { AppType } from './config/schema/app-type.ts';
export { hostPortText } from './config/values/address.ts';
export type { HostPort } from './config/values/address.ts';
export { createAddressRanges } from './config/values/address-ranges.ts';
export type { AddressRanges } from './config/values/address-ranges.ts';
export { changedSettings } from './config/changed-settings.ts';
export { appSettingError, ConfigError } from './config/problems/config-error.ts';
export type { ConfigProblem } from './config/problems/config-error.ts';
export { configJsonSchema } from './config/schema/json-schema.ts';
export type { JsonSchema } from './config/schema/json-schema.ts';
export { loadConfig, parseConfig } from './config/load-config.ts';
export type { Config, ConfigSource } from './config/load-config.ts';
export type { RedisServer, RedisSettings } from './config/schema/redis-settings.ts';
export { nearestWord } from './config/problems/nearest-word.ts';
export { isYamlMap, parseYaml } from './config/problems/yaml-source.ts';
export type { YamlSource } from './config/problems/yaml-source.ts';
export { readTextFile } from './config/values/text-file.ts';
export { configReference } from './config/schema/reference.ts';
export { readSecretFile } from './config/values/secret-file.ts';
export { exits } from './process/exits.ts';
export type { Exit } from './process/exits.ts';
export { createFileWatcher } from './process/file-watch.ts';
export type { FileWatch } from './process/file-watch.ts';
export { createFingerprint } from './log/fingerprint.ts';
export type { Fingerprint } from './log/fingerprint.ts';
export { createLifecycle, StopError } from './process/lifecycle.ts';
export type {
  Lifecycle,
  LifecycleOptions,
  StepOptions,
  StoppedStep,
  StopReport,
} from './process/lifecycle.ts';
export { createHostCheck } from './ops/asked-host.ts';
export { listen, listenError } from './ops/listen.ts';
export { createLog } from './log/log.ts';
export type { Log, LogControl, LogLevel, LogOptions } from './log/log.ts';
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
export { tellClock } from './metrics/tell-clock.ts';
export { withWarnings } from './metrics/redis-reading.ts';
export type { RedisReading, RedisSource, RedisWarning } from './metrics/redis-reading.ts';
export { createHopObserver } from './metrics/hop-observer.ts';
export { metricsReference } from './metrics/reference.ts';
export { OperatorError } from './process/operator-error.ts';
export type { OperatorErrorOptions } from './process/operator-error.ts';
export { startOps } from './ops/ops.ts';
export type { OpsListener, OpsOptions } from './ops/ops.ts';
export { createReadiness } from './ops/readiness.ts';
export type { Readiness } from './ops/readiness.ts';
export { createReloads } from './process/reloads.ts';
export type { Reloads, ReloadsOptions } from './process/reloads.ts';
export { run } from './process/run.ts';
export type { RunOptions, StopRequest } from './process/run.ts';
export { readHeadersFile } from './opentelemetry/headers-file.ts';
export { startOpenTelemetry } from './opentelemetry/start.ts';
export type {
  JobSpan,
  OpenTelemetry,
  OpenTelemetryOptions,
  RecordedSpan,
  RequestFacts,
} from './opentelemetry/spans.ts';
export { createTroubleLog } from './log/trouble-log.ts';
export type { TroubleLog } from './log/trouble-log.ts';
export { refuseForeignLayout, tellForeignLayout } from './process/layout-check.ts';
export type { KnownLayout } from './process/layout-check.ts';
