import type { Settings } from '../config/schema/config-schema.ts';
import type { Log } from '../log/log.ts';
import type { OpenTelemetry } from './spans.ts';

export interface OpenTelemetryOptions {
  readonly settings: Settings['opentelemetry'];
  /** Ends the service's name, such as `ingress`. */
  readonly role: string;
  readonly version: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Undefined where no spans are recorded; then no library of OpenTelemetry is loaded. Throws an
 * `OperatorError` for an unfit `opentelemetry.headers_file`.
 */
export async function startOpenTelemetry(options: OpenTelemetryOptions): Promise<OpenTelemetry | undefined> {
  const { endpoint, sample } = options.settings;
  if (endpoint === undefined || sample === 0) return undefined;
  const { createOpenTelemetry } = await import('./sdk.ts');
  return createOpenTelemetry({ ...options, endpoint });
}
