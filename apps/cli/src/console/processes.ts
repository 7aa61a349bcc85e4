import type { ProcessNow } from '@carillon/console';
import { timeText } from '../terminal/time-text.ts';
import type { OpsPage } from '../top/ops-pages.ts';

/** What the metrics pages tell of their processes, each time they are read. */
export function createProcessReader(): (pages: readonly OpsPage[], now: number) => readonly ProcessNow[] {
  /** How long each event loop had had work when its page was read before. */
  let before = new Map<string, { readonly at: number; readonly busy: number }>();

  return (pages, now) => {
    const last = before;
    before = new Map(
      pages.map((page) => [
        page.processId,
        { at: page.at, busy: sumOf(page, 'carillon_event_loop_busy_seconds_total') },
      ]),
    );
    return pages.map((page): ProcessNow => {
      const [earlier, later] = [last.get(page.processId), before.get(page.processId)];
      const startedAt = sumOf(page, 'process_start_time_seconds') * 1_000;
      const takes = page.samples.some(({ name }) => name === 'carillon_http_requests_total');
      const sends = page.samples.some(({ name }) => name === 'carillon_in_flight');
      return {
        at: page.host,
        role: takes && sends ? 'ingress and worker' : takes ? 'ingress' : 'worker',
        version: page.samples.find(({ name }) => name === 'carillon_build_info')?.labels['version'] ?? '',
        up: startedAt === 0 ? '–' : timeText(now - startedAt),
        memory: `${Math.round(sumOf(page, 'process_resident_memory_bytes') / 2 ** 20)} MiB`,
        busy:
          earlier === undefined || later === undefined || later.at <= earlier.at
            ? undefined
            : Math.max(0, (later.busy - earlier.busy) / ((later.at - earlier.at) / 1_000)),
        inFlight: sends ? sumOf(page, 'carillon_in_flight') : undefined,
      };
    });
  };
}

function sumOf({ samples }: OpsPage, wanted: string): number {
  return samples.reduce((sum, { name, value }) => (name === wanted ? sum + value : sum), 0);
}
