import type { ProviderContext } from '@carillon/core';
import type { AnswerRow } from './answer-row.ts';

/** The same thing is logged once in so long; in between it is only counted. */
const quietMs = 30_000;

/** What is known of one answer besides its row. Nothing in it may be a text of the other side's own making. */
export interface AnswerSigns {
  readonly status?: number | undefined;
  /** The part of our message that is blamed. */
  readonly field?: string | undefined;
  /** Which push service, where an app has several. */
  readonly service?: string | undefined;
}

/** What the sender of one app has to say, without secrets and without a line for each send. */
export class AnswerLog {
  readonly #app: string;
  readonly #provider: string;
  readonly #context: ProviderContext;
  /** Bounded: its keys come from closed sets (reasons, services, codes of errors). */
  readonly #said = new Map<string, { readonly until: number; unlogged: number }>();

  /** `provider`: its name in the messages. */
  constructor(provider: string, app: string, context: ProviderContext) {
    this.#provider = provider;
    this.#app = app;
    this.#context = context;
  }

  /** Also counts what is in nobody's documentation. */
  answered(row: AnswerRow, pushkey: string, { status, field, service }: AnswerSigns = {}): void {
    if (row.kind === 'delivered' && row.unknown !== true) return;
    if (row.unknown === true && status !== undefined) this.#context.observer.unknownAnswer(this.#app, status);
    const key = service === undefined ? row.reason : `${row.reason} ${service}`;
    this.note(row.log, key, row.meaning, () => ({
      outcome: row.kind,
      reason: row.reason,
      fingerprint: this.#context.fingerprint(pushkey),
      ...(service !== undefined && { service }),
      ...(status !== undefined && { status }),
      ...(field !== undefined && { field }),
      ...('cure' in row && { cure: row.cure }),
    }));
  }

  unreachable({ fault, code }: { readonly fault: string; readonly code: string }): void {
    this.note('warn', `${fault} ${code}`, 'no connection', () => ({ reason: fault, code }));
  }

  /** `key`, from a closed set, tells what is the same from what is not. */
  note(level: AnswerRow['log'], key: string, message: string, fields: () => object): void {
    const now = this.#context.now();
    const last = this.#said.get(key);
    if (last !== undefined && now < last.until) {
      last.unlogged += 1;
      return;
    }
    this.#said.set(key, { until: now + quietMs, unlogged: 0 });
    const unlogged = last?.unlogged ?? 0;
    this.#context.log[level](
      { app: this.#app, ...fields(), ...(unlogged > 0 && { unlogged }) },
      `${this.#provider}: ${message}`,
    );
  }
}
