import type { IncomingMessage } from 'node:http';
import { busy, cutShort, HttpProblem, tooLarge, unsupportedEncoding } from './matrix-error.ts';
import type { Place } from './request-room.ts';

/**
 * Reads a request's body as it is. Rejects with an `HttpProblem`.
 *
 * A body over the limit, and one that there is no room for, is answered at once; what is still to come of it is read and
 * dropped, so that the client can read the answer and the connection stays in step, or closes if the rest does not come
 * soon.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  place: Place | undefined,
): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return Promise.reject(new HttpProblem(unsupportedEncoding));
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes || place === undefined) {
    dropBody(request);
    return Promise.reject(announced > maxBytes ? bodyTooLarge(maxBytes) : new HttpProblem(busy));
  }

  const body = new Promise<Buffer>((resolve, reject) => {
    let arrived: Buffer | undefined = Buffer.alloc(0);
    let bytes = 0;
    const refuse = (problem: HttpProblem): void => {
      arrived = undefined;
      dropRest(request); // the listener below stays and takes it
      reject(problem);
    };
    place.onGivenAway(() => refuse(new HttpProblem(busy)));
    request.on('data', (chunk: Buffer) => {
      if (arrived === undefined) return;
      if (bytes + chunk.length > maxBytes) return refuse(bodyTooLarge(maxBytes));
      const larger = bytes === 0 ? chunk : withRoom(arrived, bytes + chunk.length, maxBytes);
      if (!place.grow(larger.length)) return refuse(new HttpProblem(busy));
      if (bytes > 0) chunk.copy(larger, bytes);
      arrived = larger;
      bytes += chunk.length;
    });
    request.on('end', () => {
      if (arrived !== undefined) resolve(arrived.subarray(0, bytes));
    });
    request.on('error', () => reject(new HttpProblem(cutShort)));
  });
  return body.finally(() => place.keep());
}

/**
 * One buffer of the whole, doubled when it is full: chunks of a byte each, which anybody may send, would take a hundred
 * times their bytes.
 */
function withRoom(buffer: Buffer, bytes: number, maxBytes: number): Buffer {
  if (bytes <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(bytes, buffer.length * 2)));
  buffer.copy(larger);
  return larger;
}

/** For a request that is answered without its body. */
export function dropBody(request: IncomingMessage): void {
  request.resume();
  dropRest(request);
}

/** Some clients stop sending once they have an answer, and hold the connection half-way. */
function dropRest(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroy(), restOfBodyMs).unref();
  request.once('end', () => clearTimeout(timer));
}

const restOfBodyMs = 2_000;

function bodyTooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(tooLarge(`The body is larger than ${maxBytes} bytes`));
}
