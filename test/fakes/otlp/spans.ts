import { all, integer, readMessage, text, type Field } from './protobuf.ts';

/** A span as the collector got it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly resource: Attributes;
  readonly name: string;
  readonly kind: string;
  /** Hex. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly attributes: Attributes;
  readonly isError: boolean;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** opentelemetry-proto, `Span.SpanKind`. */
const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Reads an `ExportTraceServiceRequest`; numbers are those of the .proto files of opentelemetry-proto 1.x. */
export function readExport(body: Buffer): ReceivedSpan[] {
  return all(readMessage(body), 1).flatMap((resourceSpans) => {
    const fields = readMessage(resourceSpans);
    const resource = all(fields, 1).map(readMessage).map(attributesAt(1))[0] ?? {};
    return all(fields, 2).flatMap((scopeSpans) =>
      all(readMessage(scopeSpans), 2).map((span) => readSpan(readMessage(span), resource)),
    );
  });
}

function readSpan(fields: readonly Field[], resource: Attributes): ReceivedSpan {
  const status = all(fields, 15).map(readMessage)[0] ?? [];
  return {
    service: String(resource['service.name']),
    resource,
    name: text(fields, 5),
    kind: kinds[Number(integer(fields, 6))] ?? 'unknown',
    traceId: id(fields, 1, 16),
    spanId: id(fields, 2, 8),
    parentSpanId: all(fields, 4).length === 0 ? '' : id(fields, 4, 8),
    traceState: text(fields, 3),
    attributes: attributesAt(9)(fields),
    isError: integer(status, 3) === 2n,
    startedAt: Number(integer(fields, 7)) / 1e6,
    endedAt: Number(integer(fields, 8)) / 1e6,
  };
}

function id(fields: readonly Field[], number: number, length: number): string {
  const [bytes] = all(fields, number);
  if (bytes?.length !== length)
    throw new Error(`OTLP: field ${number} of a span is no id of ${length} bytes`);
  return bytes.toString('hex');
}

function attributesAt(number: number): (fields: readonly Field[]) => Attributes {
  return (fields) =>
    Object.fromEntries(
      all(fields, number).map((pair) => {
        const keyValue = readMessage(pair);
        return [text(keyValue, 1), anyValue(all(keyValue, 2)[0] ?? Buffer.alloc(0))];
      }),
    );
}

function anyValue(bytes: Buffer): string | number | boolean {
  const [field] = readMessage(bytes);
  if (field === undefined) return '';
  if ('bytes' in field) {
    if (field.number === 1) return field.bytes.toString();
  } else if (field.number === 2) {
    return field.value === 1n;
  } else if (field.number === 3) {
    return Number(BigInt.asIntN(64, field.value));
  } else if (field.number === 4) {
    const double = Buffer.alloc(8);
    double.writeBigUInt64LE(field.value);
    return double.readDoubleLE();
  }
  throw new Error(`OTLP: an attribute of kind ${field.number} is not expected`);
}
