import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { cutShort, HttpProblem, notJson, tooLarge, unsupportedEncoding } from './matrix-error.ts';

/**
 * Reads a request's body as JSON, whatever its content type says. Rejects with an `HttpProblem`.
 *
 * A body over the limit is answered at once; what is still to come of it is read and dropped, so that the
 * client can read the answer and the connection stays in step, or closes if the rest does not come soon. `JSON.parse` names no key of an object
 * specially, so a `__proto__` that a room member wrote is a key like any other.
 */
export function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return Promise.reject(new HttpProblem(unsupportedEncoding));
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) {
    request.resume();
    dropRest(request);
    return Promise.reject(bodyTooLarge(maxBytes));
  }

  const body = new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      const wasWithin = bytes <= maxBytes;
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
      } else if (wasWithin) {
        dropRest(request); // this listener stays and takes it
        reject(bodyTooLarge(maxBytes));
      }
    });
    request.on('end', () => {
      if (bytes <= maxBytes) resolve(Buffer.concat(chunks));
    });
    request.on('error', () => reject(new HttpProblem(cutShort)));
  });
  return body.then(parse);
}

/** Some clients stop sending once they have an answer, and hold the connection half-way. */
function dropRest(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroy(), restOfBodyMs).unref();
  request.once('end', () => clearTimeout(timer));
}

const restOfBodyMs = 2_000;

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new HttpProblem(notJson('The body is not UTF-8'));
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's own message would quote the body.
    throw new HttpProblem(notJson('The body is not JSON'));
  }
}

function bodyTooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(tooLarge(`The body is larger than ${maxBytes} bytes`));
}
