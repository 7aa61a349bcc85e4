import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { ReceivedRequest } from './answer.ts';
import type { Answer, Decide } from './answer.ts';
import { checkPayload, checkRequest, readPath } from './checks.ts';
import type { Refusal } from './checks.ts';
import type { Connection } from './connection.ts';
import type { Inbox } from '../inbox.ts';
import type { TokenVerdict } from './provider-token.ts';

export interface HandlerOptions {
  readonly topics: ReadonlySet<string>;
  readonly checkToken: (authorization: string | undefined) => TokenVerdict;
  /** Answers fixed for a device token, or for `*`, all others; they win over `decide`. */
  readonly scripts: ReadonlyMap<string, Answer>;
  readonly decide: Decide | undefined;
  readonly inbox: Inbox<ReceivedRequest>;
  readonly inspect: boolean;
  readonly sandbox: boolean;
  readonly dropLimitOnError: boolean;
  /** Called with each accepted notification. */
  readonly onAccepted: ((request: ReceivedRequest) => void) | undefined;
  readonly silent: () => boolean;
  readonly now: () => number;
}

export type Handle = (
  connection: Connection,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: Buffer,
) => void;

/** Takes one complete request to its answer: checks, then the script, then 200. */
export function createHandler(
  options: HandlerOptions,
  accepted: (request: ReceivedRequest | undefined) => void,
): Handle {
  const { topics, scripts, decide, inbox, inspect, onAccepted, now } = options;
  const attempts = new Map<string, number>();
  const remembers = inspect || decide !== undefined || onAccepted !== undefined;

  return (connection, stream, headers, body) => {
    const path = readPath(headers);
    const token = 'token' in path ? path.token : '';
    let refusal =
      'reason' in path
        ? path
        : (authorize(connection, headers) ?? checkRequest(headers, token, body.length, topics));
    const request = remembers
      ? new ReceivedRequest({
          token,
          headers: headers as Record<string, string | undefined>,
          body: body.toString(),
          at: now(),
          attempt: inspect ? countAttempt(token) : 1,
          connection: connection.number,
        })
      : undefined;
    if (inspect && request !== undefined) {
      refusal ??= checkPayload(headers, request.body);
      inbox.put(request);
    }
    const answer = refusal ?? scripts.get(token) ?? scripts.get('*') ?? (request && decide?.(request));
    if (answer instanceof Promise)
      void answer.then((late) => respond(connection, stream, headers, late, request));
    else respond(connection, stream, headers, answer, request);
  };

  /** 1 for the first request of a token. */
  function countAttempt(token: string): number {
    const attempt = (attempts.get(token) ?? 0) + 1;
    attempts.set(token, attempt);
    return attempt;
  }

  /** Who is calling: a client certificate, else a provider token. */
  function authorize(connection: Connection, headers: IncomingHttpHeaders): Refusal | undefined {
    if (connection.hasCertificate) return undefined;
    const { authorization } = headers;
    const verdict = options.checkToken(authorization);
    if (!verdict.ok) return { status: 403, reason: verdict.reason };
    const refusal = connection.checkToken(String(authorization), verdict);
    if (refusal === undefined) connection.welcome();
    return refusal;
  }

  function respond(
    connection: Connection,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    answer: Answer | undefined,
    request: ReceivedRequest | undefined,
  ): void {
    if (options.silent() || stream.destroyed || stream.closed) return;
    if (answer !== undefined && 'hang' in answer) return;
    if (answer !== undefined && 'reset' in answer) return stream.close(answer.reset);
    if (answer !== undefined && 'disconnect' in answer) return connection.disconnect();

    const status = answer?.status ?? 200;
    if (status === 200) {
      accepted(request);
      if (options.dropLimitOnError) connection.raiseLimit();
      if (request !== undefined) onAccepted?.(request);
    } else if (options.dropLimitOnError) {
      connection.dropLimit();
    }
    const head = {
      ':status': status,
      'apns-id': headers['apns-id'] ?? randomUUID(),
      date: new Date(options.now()).toUTCString(),
      ...(options.sandbox && { 'apns-unique-id': randomUUID() }),
      ...answer?.headers,
    };
    const text = answer === undefined ? '' : bodyOf(answer);
    stream.respond(head, { endStream: text === '' });
    if (text !== '') stream.end(text);
  }
}

/** APNs's own JSON, unless the script wants something else. */
function bodyOf({ reason, timestamp, body }: Extract<Answer, { status: number }>): string {
  if (body !== undefined) return body;
  return reason === undefined ? '' : JSON.stringify({ reason, timestamp });
}
