import type { Metrics } from '@carillon/runtime';
import type { CallersReading } from './callers.ts';

/** Tells how much of the requests one caller makes, or fifty do. */
export function measureCallers(
  { seconds, callers, busiest, rest }: CallersReading,
  metrics: Pick<Metrics, 'callers' | 'callerRequests'>,
): void {
  const [first, ...others] = busiest.map(({ requests }) => requests);
  const perSecond = (requests: number): number => requests / Math.max(1, seconds);
  metrics.callers().set(callers);
  metrics.callerRequests('busiest').set(perSecond(first ?? 0));
  metrics.callerRequests('next_49').set(perSecond(others.reduce((sum, requests) => sum + requests, 0)));
  metrics.callerRequests('rest').set(perSecond(rest.requests));
}
