import { DemoError } from '../demo-error.ts';
import type { Stage } from './stage.ts';
import { quantile } from './tally.ts';

/** The figures of the tour, checked once more over all of it, and where everything is. */
export function showSummary({ screen, tally, rings, installation, notifyUrl }: Stage): void {
  const { messages } = tally;
  const unheard = messages.filter(({ eventId }) => rings.of(eventId).length === 0).length;
  const twice = messages.filter(({ eventId }) => rings.of(eventId).length > 1).length;
  if (unheard > 0) throw new DemoError(`${unheard} messages were lost`);
  if (twice !== tally.replaced)
    throw new DemoError(`${twice - tally.replaced} messages rang twice without a crash`);

  const median = Math.round(quantile(tally.ringMs, 0.5));
  const most = Math.round(quantile(tally.ringMs, 0.95));
  screen.heading('Summary');
  screen.row('messages', `${messages.length}, all rang, lost 0`);
  screen.row('from POST to ring', `median ${median} ms, 95 % within ${most} ms`);
  screen.row('retries suppressed', String(tally.suppressed));
  screen.row('dead pushkeys', `${tally.rejected} rejected, its pusher deleted`);
  screen.row(
    'after kill -9',
    `${tally.redelivered} redelivered, ${tally.replaced} of them in the place of a first ring`,
  );
  screen.plain('');
  screen.row('front door', notifyUrl);
  screen.row('metrics of the ingress', `${installation.ingress.opsUrl}/metrics`);
  for (const { child, opsUrl } of installation.workers)
    screen.row(`metrics of ${child.name}`, `${opsUrl}/metrics`);
  screen.row('configuration', installation.configPath);
}
