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
  const announced = Number(request.headers['content-length'] ?? 0); // 0 for one that comes in chunks
  if (announced > maxBytes || place === undefined) {
    dropBody(request);
    return Promise.reject(announced > maxBytes ? bodyTooLarge(maxBytes) : new HttpProblem(busy));
  }

  const body = new Promise<Buffer>((resolve, reject) => {
    let arrived: Buffer | undefined = Buffer.alloc(0);
    let bytes = 0;
    /**
     * One buffer of the whole: of the length that was announced, or doubled when it is full. Chunks of a byte each, which
     * anybody may send, would take a hundred times their bytes.
     */
    const roomFor = (needed: number): number =>
      bytes === 0 ? needed : Math.max(needed, announced || Math.min(maxBytes, bytes * 2));
    const forget = (): void => {
      if (arrived !== undefined) release(arrived);
      arrived = undefined;
    };
    const refuse = (problem: HttpProblem): void => {
      forget();
      dropRest(request); // the listener below stays and takes it
      reject(problem);
    };
    place.onGivenAway(() => refuse(new HttpProblem(busy)));
    request.on('data', (chunk: Buffer) => {
      if (arrived === undefined) return release(chunk);
      if (bytes + chunk.length > maxBytes) return refuse(bodyTooLarge(maxBytes));
      const before = arrived;
      const length = before.length >= bytes + chunk.length ? before.length : roomFor(bytes + chunk.length);
      if (!place.grow(length)) return refuse(new HttpProblem(busy));
      if (bytes === 0) arrived = chunk;
      else {
        if (length > before.length) {
          arrived = Buffer.allocUnsafe(length);
          before.copy(arrived, 0, 0, bytes);
          release(before);
        }
        chunk.copy(arrived, bytes);
        release(chunk);
      }
      bytes += chunk.length;
    });
    request.on('end', () => {
      if (arrived !== undefined) resolve(arrived.subarray(0, bytes));
      arrived = undefined;
    });
    request.on('error', () => {
      forget();
      reject(new HttpProblem(cutShort));
    });
  });
  return body.finally(() => place.keep());
}

/** The memory of a large body, which nobody else holds, is given back at once: until it is collected, several times as much would wait. */
export function release({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}

/** For a request that is answered without its body. */
export function dropBody(request: IncomingMessage): void {
  request.on('data', release);
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
