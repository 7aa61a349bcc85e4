/**
 * The wire format of Protocol Buffers, as far as OTLP uses it: a message is a list of fields, each with the number
 * that its .proto gives it. Throws for bytes that are none.
 */
export type Field =
  { readonly number: number; readonly bytes: Buffer } | { readonly number: number; readonly value: bigint };

const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

export function readMessage(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('Protobuf: a number is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('Protobuf: a number has no end');
  }

  function take(length: number): Buffer {
    if (at + length > message.length) throw new Error('Protobuf: a field is cut off');
    return message.subarray(at, (at += length));
  }

  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case wireTypes.varint:
        fields.push({ number, value: varint() });
        break;
      case wireTypes.fixed64:
        fields.push({ number, value: take(8).readBigUInt64LE() });
        break;
      case wireTypes.lengthDelimited:
        fields.push({ number, bytes: take(Number(varint())) });
        break;
      case wireTypes.fixed32:
        fields.push({ number, value: BigInt(take(4).readUInt32LE()) });
        break;
      default:
        throw new Error(`Protobuf: no such wire type as ${tag & 7}`);
    }
  }
  return fields;
}

/** Every field of this number that holds a message or a text. */
export function all(fields: readonly Field[], number: number): Buffer[] {
  return fields.flatMap((field) => (field.number === number && 'bytes' in field ? [field.bytes] : []));
}

export function text(fields: readonly Field[], number: number): string {
  return all(fields, number)[0]?.toString() ?? '';
}

/** 0 where it is absent, as in proto3. */
export function integer(fields: readonly Field[], number: number): bigint {
  const field = fields.find((one) => one.number === number);
  return field !== undefined && 'value' in field ? field.value : 0n;
}
