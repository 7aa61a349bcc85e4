import { constants, sensitiveHeaders } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { ConnectionFault } from '../answers/answer-row.ts';
import type { NodeApnClient } from './node-apn.ts';
import type { Exchange, OutgoingNotification, Wire } from './wire.ts';

/**
 * Guard: node-apn loses the status of answers without a body or with one that is no JSON, never sees
 * `Retry-After`, and forgets after a 500 what was wrong. This `request` in place of its own returns every answer
 * whole, and for what never got one says whether it was processed.
 */
export function answerWhole(client: NodeApnClient, wire: Wire): void {
  client.request = (session, authority, notification, path, method) =>
    new Promise((resolve) => exchange(session, authority, notification, path, method, wire, resolve));
}

/** More than APNs ever says; enough of a foreign page to see that it is one. */
const maxBodyLength = 4096;

/**
 * Headers that never come twice. Apple's table of remembered headers is small, and asks not to fill it with them;
 * `:path` and `authorization` are kept out of it by nghttp2 anyway.
 */
const unrepeated = ['apns-id', 'apns-collapse-id'];

function exchange(
  session: ClientHttp2Session,
  authority: string,
  { headers, body, timeoutMs }: OutgoingNotification,
  path: string,
  method: string,
  wire: Wire,
  resolve: (exchange: Exchange) => void,
): void {
  // Node takes a flat list of names and values some microseconds faster than an object.
  const list = [':method', method, ':scheme', 'https', ':authority', authority, ':path', path, ...headers];
  // Node reads the symbol off the list, which its types do not know.
  (list as unknown as Record<symbol, readonly string[]>)[sensitiveHeaders] = unrepeated;
  const stream = session.request(list, { endStream: false });
  const heardBefore = wire.heard;
  let answer: IncomingHttpHeaders | undefined;
  let text = '';
  let isOpen = true;

  const settle = (result: Exchange) => {
    isOpen = false;
    clearTimeout(timer);
    resolve(result);
  };
  const finish = () => {
    if (!isOpen) return;
    settle(answer === undefined ? { fault: faultOf(stream, session, wire) } : toAnswer(answer, text));
  };
  const timer = setTimeout(() => {
    settle({ fault: 'timeout' });
    stream.close(constants.NGHTTP2_CANCEL);
    wire.onTimeout(heardBefore);
  }, timeoutMs);

  stream.on('response', (received, flags) => {
    wire.heard += 1;
    wire.answers += 1;
    answer = received;
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) return finish();
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      if (text.length < maxBodyLength) return;
      finish();
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('end', finish);
  });
  stream.on('error', ignore); // `close` follows, and tells the same
  stream.on('close', finish);
  stream.end(body);
}

function toAnswer(headers: IncomingHttpHeaders, body: string): Exchange {
  const apnsId = headers['apns-id'];
  return {
    status: Number(headers[':status']),
    apnsId: typeof apnsId === 'string' ? apnsId : undefined,
    retryAfter: headers['retry-after'],
    date: headers.date,
    body,
  };
}

/** Why a stream ended without an answer; the first three kinds were surely not processed. */
function faultOf(stream: ClientHttp2Stream, session: ClientHttp2Session, wire: Wire): ConnectionFault {
  const { goaway } = wire;
  if (stream.id === undefined) return 'never_sent';
  if (goaway !== undefined && stream.id > goaway.lastStreamId) return 'goaway_unprocessed';
  // After a GOAWAY with an error Node ends all streams with the code of that.
  if (goaway !== undefined && goaway.code !== constants.NGHTTP2_NO_ERROR) return 'goaway';
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return 'refused_stream';
  return session.destroyed ? (wire.lostBy ?? 'connection_lost') : 'stream_reset';
}

function ignore(): void {}
