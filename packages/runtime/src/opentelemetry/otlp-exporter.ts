import { setTimeout as sleep } from 'node:timers/promises';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

export interface OtlpExporterOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Hears of each batch whether it arrived. */
  readonly trouble: { report(error: unknown): void; over(): void };
  /** A batch is given up after this, its repeated tries included. */
  readonly timeoutMs?: number;
}

export interface OtlpExporter extends SpanExporter {
  /** Nothing is tried again from now on. */
  lastTries(): void;
  /** Gives up what is on its way. */
  abandon(): void;
}

/** Below the 15 s after which the batches' queue stops waiting for one. */
const usualTimeoutMs = 10_000;
const firstPauseMs = 1_000;
/** More than any honest answer has. */
const maxAnswerBytes = 65_536;
/** OTLP 1.x, "OTLP/HTTP Response", "Retryable Response Codes". */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Sends batches of spans by OTLP/HTTP in protobuf. Unlike the SDK's exporter it can be made to let go, so that a
 * collector that is down neither holds up the end of a process nor keeps a timer of it.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { url, trouble, timeoutMs = usualTimeoutMs } = options;
  const headers = { ...options.headers, 'content-type': 'application/x-protobuf' };
  const abandoned = new AbortController();
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function post(body: Uint8Array<ArrayBuffer>): Promise<void> {
    const signal = AbortSignal.any([abandoned.signal, AbortSignal.timeout(timeoutMs)]);
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      const answer = await tryOnce(body, signal);
      if (answer.ok) return;
      if (!answer.retryable || stopping.signal.aborted) throw answer.error;
      const pause = sleep(answer.retryAfterMs ?? pauseMs, undefined, {
        signal: AbortSignal.any([signal, stopping.signal]),
      });
      await pause.catch(() => {
        throw answer.error; // says more than that time was up
      });
    }
  }

  async function tryOnce(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Answer> {
    let response: Response;
    try {
      response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
      const text = await readAnswer(response);
      if (response.ok) return judged(text);
    } catch (error) {
      return { ok: false, retryable: !signal.aborted, error: asError(error) };
    }
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      ok: false,
      retryable: retryableStatuses.has(response.status),
      error: new Error(`The collector answered ${response.status}`),
      ...(retryAfter >= 0 && { retryAfterMs: retryAfter * 1_000 }),
    };
  }

  /** The queue of the batches waits for those that it sends at its end, not for one that is on its way already. */
  async function allSent(): Promise<void> {
    await Promise.all(underWay);
  }

  /** Never rejects: what goes wrong is reported. */
  async function send(spans: ReadableSpan[]): Promise<ExportResult> {
    const body = ProtobufTraceSerializer.serializeRequest(spans);
    if (body === undefined) return { code: ExportResultCode.FAILED };
    try {
      await post(new Uint8Array(body));
      trouble.over();
      return { code: ExportResultCode.SUCCESS };
    } catch (error) {
      if (!abandoned.signal.aborted) trouble.report(error);
      return { code: ExportResultCode.FAILED, error: asError(error) };
    }
  }

  return {
    export(spans, heard) {
      const sent = send(spans);
      underWay.add(sent);
      void sent.then(heard).finally(() => underWay.delete(sent));
    },
    lastTries: () => stopping.abort(),
    abandon: () => abandoned.abort(),
    forceFlush: allSent,
    shutdown: allSent,
  };
}

type Answer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly retryable: boolean;
      readonly error: Error;
      readonly retryAfterMs?: number;
    };

/** A collector may take the request and refuse spans of it, which must not be sent again. */
function judged(body: Uint8Array): Answer {
  const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(body);
  const refused = partialSuccess?.rejectedSpans ?? 0;
  if (refused === 0) return { ok: true };
  return { ok: false, retryable: false, error: new Error(`The collector refused ${refused} spans`) };
}

async function readAnswer(response: Response): Promise<Uint8Array> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new Error('The answer is none of a collector: it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What `fetch` throws for a broken connection says why only in its cause. */
function asError(error: unknown): Error {
  if (error instanceof TypeError && error.cause instanceof Error) return error.cause;
  return error instanceof Error ? error : new Error(String(error));
}
