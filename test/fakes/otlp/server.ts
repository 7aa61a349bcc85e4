import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readExport, type ReceivedSpan } from './spans.ts';

/** A collector that speaks OTLP/HTTP in protobuf, and no more of it than that. */
export interface FakeCollector extends AsyncDisposable {
  /** For `opentelemetry.endpoint`. */
  readonly url: string;
  /** Everything that was taken so far. */
  readonly spans: readonly ReceivedSpan[];
  /** Of every request, refused ones included. */
  readonly requests: readonly IncomingHttpHeaders[];
}

export interface FakeCollectorOptions {
  readonly port?: number;
  /** Decides how the request of this number, from 0 on, is answered; `hang` for never. Default: 200. */
  readonly answer?: (request: number) => CollectorAnswer;
  readonly onSpan?: (span: ReceivedSpan) => void;
  /** Whether spans are kept in `spans`; default true. */
  readonly keeps?: boolean;
}

export type CollectorAnswer = number | 'hang' | { readonly rejectedSpans: number };

export async function startFakeCollector(options: FakeCollectorOptions = {}): Promise<FakeCollector> {
  const spans: ReceivedSpan[] = [];
  const requests: IncomingHttpHeaders[] = [];

  function take(body: Buffer): number {
    let received: ReceivedSpan[];
    try {
      received = readExport(body);
    } catch {
      return 400;
    }
    for (const span of received) {
      if (options.keeps !== false) spans.push(span);
      options.onSpan?.(span);
    }
    return 200;
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = options.answer?.(requests.length) ?? 200;
      requests.push(request.headers);
      if (answer === 'hang') return;
      const status = statusOf(request, answer) ?? take(Buffer.concat(chunks));
      response.writeHead(status, { 'content-type': 'application/x-protobuf' });
      response.end(typeof answer === 'number' ? undefined : partialSuccess(answer.rejectedSpans));
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP

  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Undefined for a request that is to be read. */
function statusOf({ method, url, headers }: IncomingMessage, answer: CollectorAnswer): number | undefined {
  if (method !== 'POST' || url !== '/v1/traces') return 404;
  if (headers['content-type'] !== 'application/x-protobuf') return 415;
  return typeof answer === 'number' && answer !== 200 ? answer : undefined;
}

/** `ExportTraceServiceResponse` with `partial_success { rejected_spans }`; below 128 a number is one byte. */
function partialSuccess(rejectedSpans: number): Buffer {
  return Buffer.from([0x0a, 2, 0x08, rejectedSpans]);
}
