import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { HttpProblem, notJson } from './matrix-error.ts';
import { readBody, release } from './read-body.ts';
import { largeBytes, type Place } from './request-room.ts';

/** Rejects with an `HttpProblem`. Without a place there is no room for the request. */
export type JsonReader = (request: IncomingMessage, place: Place | undefined) => Promise<unknown>;

/**
 * Reads bodies of requests as JSON, whatever their content type says. Large ones take turns, with pauses between them, so that
 * small ones wait for one of them at most, and most for none (invariant 14).
 */
export function createJsonReader(maxBytes: number): JsonReader {
  let turns: Promise<unknown> = Promise.resolve();
  async function parseInTurn(body: Buffer): Promise<unknown> {
    const turn = Promise.withResolvers<void>();
    const before = turns;
    turns = turn.promise;
    await before;
    const startedAt = performance.now();
    try {
      return parse(body);
    } finally {
      release(body);
      // Until the next event of a timer: what is made of this one is done by then.
      void setTimeout((performance.now() - startedAt) * pauseShare).then(turn.resolve);
    }
  }

  return async (request, place) => {
    const body = await readBody(request, maxBytes, place);
    return body.length > largeBytes ? parseInTurn(body) : parse(body);
  };
}

/** Large bodies take a quarter of the time that there is. */
const pauseShare = 3;

/** `JSON.parse` names no key of an object specially, so a `__proto__` that a room member wrote is a key like any other. */
function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new HttpProblem(notJson('The body is not UTF-8'));
  const text = body.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return growing.test(text) ? withoutGrowth(text, value) : value;
  } catch {
    // The parser's own message would quote the body.
    throw new HttpProblem(notJson('The body is not JSON'));
  }
}

/** May be a number such as `1e20`, which is written with all its digits when it is stored. */
const growing = /\de\+?\d/i;

/**
 * Numbers become null that take more bytes to write than they came with, where they make the whole half as long again.
 * Matrix knows no exponents (Appendices, "Canonical JSON").
 */
function withoutGrowth(text: string, value: unknown): unknown {
  try {
    if (JSON.stringify(value).length <= text.length * 1.5) return value;
    return JSON.parse(text, ofNoMoreBytes as (key: string, inner: unknown) => unknown);
  } catch (error) {
    if (error instanceof RangeError) return value; // deeper than the stack: it cannot be stored either
    throw error;
  }
}

/** A reviver with the third argument that TypeScript does not know yet: what stood in the text (ECMA-262, "JSON.parse"). */
function ofNoMoreBytes(_key: string, inner: unknown, { source = '' }: { readonly source?: string }): unknown {
  return typeof inner === 'number' && String(inner).length > source.length ? null : inner;
}
