import { createTroubleLog, type Log, type Metrics, type TroubleLog } from '@carillon/runtime';
import type { SettledResult, WorkerObserver } from './observer.ts';

/** What the worker reports, as metrics and as the few log lines that matter. */
export function createMeasuredObserver(
  metrics: Metrics,
  log: Log,
  redisTrouble: TroubleLog,
  now: () => number = Date.now,
): WorkerObserver {
  const newer = createTroubleLog(log, 'deliveries of a newer version');
  return {
    sent({ app }, { kind, reason }, seconds) {
      metrics.sends(app, kind, reason).inc();
      metrics.sendDuration(app).observe(seconds);
    },
    settled({ app, lane, acceptedAt }, result) {
      if (isSent(result)) metrics.deliveryDuration(app, lane).observe((now() - acceptedAt) / 1_000);
      else metrics.dropped(app, lane, result).inc();
    },
    requeued: ({ app, lane }, reason) => metrics.requeued(app, lane, reason).inc(),
    rejectionRecorded: (app, reason) => metrics.rejectionsRecorded(app, reason).inc(),
    suspected: (app, reason) => metrics.suspects(app, reason).inc(),
    parked(app, { kind, reason, cure, since, probeAt }) {
      metrics.setParked(app, kind === 'outage' ? undefined : kind === 'fuse' ? `fuse: ${reason}` : reason);
      metrics.setBreaker(app, kind === 'outage' ? reason : undefined);
      if (kind === 'outage') {
        metrics.breakerOpenings(app, reason).inc();
        log.warn(
          { app, reason, cure, until: new Date(probeAt).toISOString() },
          'provider is in trouble; the app is held until a probe gets through',
        );
      } else {
        log.error(
          { app, reason, cure, since: new Date(since).toISOString() },
          'app is parked; its deliveries wait',
        );
      }
    },
    resumed(app, { kind, reason, since }) {
      metrics.setParked(app, undefined);
      metrics.setBreaker(app, undefined);
      log.info(
        { app, reason, lastedMs: now() - since },
        kind === 'outage'
          ? 'provider is well again; deliveries of the app go out, slowly at first'
          : 'app is no longer parked; its deliveries go out',
      );
    },
    paused(app, lane, { by, reason, since, until }) {
      metrics.paused(app, lane).set(1);
      const fields = {
        by,
        reason,
        since: isoTime(since),
        until: until === undefined ? undefined : isoTime(until),
      };
      log.warn({ app, lane, ...fields }, 'an operator has paused the lane; its deliveries wait');
    },
    unpaused(app, lane, { by, since }) {
      metrics.paused(app, lane).set(0);
      const lastedMs = now() - since;
      log.info({ app, lane, by, lastedMs }, 'the lane is no longer paused; its deliveries go out');
    },
    inFlight(app, lane, count, limit) {
      metrics.inFlight(app, lane).set(count);
      metrics.inFlightLimit(app, lane).set(limit);
    },
    trouble: (error) => redisTrouble.report(error),
    deadLettered({ app, lane }, reason) {
      metrics.dropped(app, lane, 'dead_letter').inc();
      log.error({ app, lane, reason }, 'a delivery became a dead letter; `carillon dead` shows it');
    },
    newer({ app, lane }) {
      metrics.requeued(app, lane, 'newer').inc();
      newer.report('left for workers of that version: upgrade this one');
    },
    recovered: ({ app, lane }, count) =>
      log.warn({ app, lane, count }, 'deliveries of a worker that was not heard of for 7 s go out again'),
    unheard: ({ app, lane }, count) =>
      log.warn(
        { app, lane, count },
        'deliveries that were handed out as the connection to Redis broke go out again',
      ),
  };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();

function isSent(result: SettledResult): result is 'delivered' | 'dead' | 'refused' {
  return result === 'delivered' || result === 'dead' || result === 'refused';
}
