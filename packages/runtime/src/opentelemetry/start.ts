import type { OpenTelemetry, OpenTelemetryOptions } from './spans.ts';

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
