import type { Socket } from 'node:net';
import type { OpenTelemetry } from '@carillon/runtime';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { createClientAddress } from './client-address.ts';
import { limitConnections } from './connection-room.ts';
import {
  badRequest,
  expectationFailed,
  headTooLarge,
  internalError,
  matrixErrorBody,
  missingHost,
  tooSlow,
  unrecognized,
  wrongMethod,
  type MatrixError,
} from './matrix-error.ts';
import { createNotifyRoute, type HeardRequest, type NotifyOptions } from './notify-route.ts';
import { recordRequests } from './request-spans.ts';

/** The path that the Matrix Push Gateway API fixes. */
export const notifyPath = '/_matrix/push/v1/notify';
const healthPath = '/health';

export interface HttpAppOptions extends Omit<NotifyOptions, 'clientAddress' | 'queueFailed' | 'heard'> {
  /** Default: more than a reverse proxy opens. */
  readonly maxConnections?: number;
  /** Addresses or CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /** Whether UnifiedPush discovery (GET on the notify path) is answered. */
  readonly unifiedPush: () => boolean;
  readonly observer: HttpObserver;
  /** Absent where no spans are recorded. */
  readonly openTelemetry?: OpenTelemetry;
}

export interface HttpObserver {
  /** Called once for each answer. */
  answered(status: number, seconds: number): void;
  /** The queue did not confirm; the homeserver was told 503. */
  queueFailed(error: unknown): void;
  /** What a caller sent has been answered. */
  called(caller: string, heard: HeardRequest, userAgent: string | undefined): void;
  /** A fault of ours behind a 500. */
  fault(error: unknown): void;
}

const json = 'application/json; charset=utf-8';

/** Each takes up to some 20 kB, of headers that do not end. */
const usualMaxConnections = 4_000;

/**
 * The HTTP surface of the ingress (docs/http.md): routes, limits and errors. It never listens by itself.
 * Every answer, also to what is not even HTTP, has a Matrix body.
 */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { observer } = options;
  const app = fastify({
    logger: false, // a log line costs more than the request; metrics count
    trustProxy: options.trustProxy.length > 0 ? [...options.trustProxy] : false,
    keepAliveTimeout: options.keepAliveMs, // homeservers fail a push on a connection that just closes
    requestTimeout: 30_000,
    // A missing Host is refused below: Node's own refusal has no Matrix body.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerBrokenHttp(error, socket, observer),
    frameworkErrors: (_error, _request, reply) => void fail(reply as FastifyReply, unrecognized),
  });

  if (options.openTelemetry !== undefined) recordRequests(app, options.openTelemetry, notifyPath);
  limitConnections(app.server, options.maxConnections ?? usualMaxConnections);
  closeGently(app);
  answerWhatNodeWouldNot(app, observer);
  app.addHook('onRequest', (request, reply, done) => {
    const { headers, httpVersionMinor } = request.raw;
    if (headers.host === undefined && httpVersionMinor > 0) {
      void fail(reply.header('connection', 'close'), missingHost); // RFC 9112, section 3.2
      return;
    }
    headers['content-type'] = 'application/json'; // any other, well-formed or not, is read as this
    done();
  });
  app.addHook('onResponse', (_request, reply, done) => {
    observer.answered(reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (_request, payload, done) => done(null, payload)); // read by readJson
  app.setErrorHandler((error, _request, reply) => {
    observer.fault(error);
    return fail(reply, internalError);
  });

  const notifyMethods = (): readonly string[] => (options.unifiedPush() ? ['GET', 'POST'] : ['POST']);
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?', 1);
    if (path === notifyPath) return fail(reply, wrongMethod(notifyMethods()));
    return fail(reply, path === healthPath ? wrongMethod(['GET']) : unrecognized);
  });

  app.get(healthPath, (_request, reply) => succeed(reply, '{"status":"ok"}'));
  app.get(notifyPath, (_request, reply) =>
    options.unifiedPush()
      ? succeed(reply, '{"unifiedpush":{"gateway":"matrix"}}')
      : fail(reply, wrongMethod(notifyMethods())),
  );
  const clientAddress = createClientAddress(options.trustProxy);
  const notify = createNotifyRoute({
    ...options,
    clientAddress,
    heard: (request, heard) => observer.called(clientAddress(request), heard, request.headers['user-agent']),
    queueFailed: (error) => observer.queueFailed(error),
  });
  app.post(notifyPath, async ({ raw }, reply) => {
    const result = await notify(raw);
    if ('errcode' in result) return fail(reply, result);
    const { rejected } = result;
    return succeed(reply, rejected.length === 0 ? '{"rejected":[]}' : JSON.stringify({ rejected }));
  });
  return app;
}

/**
 * Closing waits for requests that are being answered. A connection that falls idle only then would keep the
 * server for as long as keep-alive lasts, so idle ones are swept until all are gone, or the grace is over.
 */
function closeGently(app: FastifyInstance): void {
  let sweep: NodeJS.Timeout | undefined;
  let deadline: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    sweep = setInterval(() => app.server.closeIdleConnections(), 20);
    deadline = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(sweep);
    clearTimeout(deadline);
    done();
  });
}

/** Longer than any answer takes, but for a test push that waits for its outcome. */
const closeGraceMs = 8_000;

function succeed(reply: FastifyReply, body: string): FastifyReply {
  return reply.header('content-type', json).send(body);
}

function fail(reply: FastifyReply, answer: MatrixError): FastifyReply {
  return reply
    .code(answer.status)
    .headers({ 'content-type': json, ...answer.headers })
    .send(matrixErrorBody(answer));
}

/** Requests that Node keeps from the routes: an expectation but 100-continue, and CONNECT. */
function answerWhatNodeWouldNot({ server }: FastifyInstance, observer: HttpObserver): void {
  server.on('checkExpectation', (_request, response) => {
    observer.answered(expectationFailed.status, 0);
    const body = matrixErrorBody(expectationFailed);
    const headers = { 'content-type': json, 'content-length': Buffer.byteLength(body), connection: 'close' };
    response.writeHead(expectationFailed.status, headers).end(body);
  });
  server.on('connect', (_request, socket: Socket) =>
    answerBrokenHttp(new Error('CONNECT'), socket, observer),
  );
}

/** For what Node's HTTP parser refuses, before there is a request. */
function answerBrokenHttp(error: Error & { code?: string }, socket: Socket, observer: HttpObserver): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const answer =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? tooSlow
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? headTooLarge
        : badRequest;
  const body = matrixErrorBody(answer);
  observer.answered(answer.status, 0);
  socket.end(
    `HTTP/1.1 ${answer.status} ${reasonPhrases[answer.status] ?? 'Error'}\r\ncontent-type: ${json}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
