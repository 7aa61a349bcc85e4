import type { ProviderContext } from '@carillon/core';
import type { Verdict } from './verdict.ts';

/** A reason is logged at most so often: a wave of the same answer would say the same thousands of times. */
const quietMs = 30_000;

/** Logs answers other than success, the first of each reason at once, then a count. Bounded: reasons are a closed set. */
export class AnswerLog {
  readonly #app: string;
  readonly #context: ProviderContext;
  readonly #seen = new Map<string, { until: number; unlogged: number }>();

  constructor(app: string, context: ProviderContext) {
    this.#app = app;
    this.#context = context;
  }

  add({ row, status }: Verdict, pushkey: string): void {
    const { log, now, fingerprint } = this.#context;
    const seen = this.#seen.get(row.reason);
    const at = now();
    if (seen !== undefined && at < seen.until) {
      seen.unlogged += 1;
      return;
    }
    this.#seen.set(row.reason, { until: at + quietMs, unlogged: 0 });
    log[row.log](
      {
        app: this.#app,
        reason: row.reason,
        outcome: row.kind,
        fingerprint: fingerprint(pushkey),
        ...(status !== undefined && { status }),
        ...(row.cure !== undefined && { cure: row.cure }),
        ...(seen !== undefined && seen.unlogged > 0 && { unlogged: seen.unlogged }),
      },
      `APNs: ${row.meaning}`,
    );
  }
}
