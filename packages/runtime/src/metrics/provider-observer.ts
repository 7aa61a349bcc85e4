import type { ProviderObserver } from '@carillon/core';
import type { Metrics } from './metrics.ts';

/** Turns what providers report into metrics, so that they need not know of Prometheus. */
export function createProviderObserver(metrics: Metrics): ProviderObserver {
  return {
    connectionOpened(app) {
      metrics.connections(app).inc();
    },
    connectionClosed(app, reason) {
      metrics.connections(app).dec();
      metrics.connectionsClosed(app, reason).inc();
    },
    unknownAnswer(app, status) {
      metrics.unknownAnswers(app, status).inc();
    },
  };
}
