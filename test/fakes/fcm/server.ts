import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptedAnswer, httpAnswer } from './answers.ts';
import { checkMessage } from './checks.ts';
import { serverCertificate, serviceAccountKeys } from './keys.ts';
import { listen } from './listener.ts';
import { Inbox } from '../inbox.ts';
import { TokenEndpoint } from './token-endpoint.ts';
import type { FcmAnswer, HttpAnswer } from './answers.ts';
import type { FcmMessage } from './checks.ts';
import type { Exchange, Listener, Protocol } from './listener.ts';

/** One send request that carried a valid access token and a readable message. */
interface FcmRequest {
  /** Counted from 1 over the life of the fake. */
  readonly number: number;
  /** The registration token, or the Firebase installation ID of a `fid` target. */
  readonly token: string;
  readonly target: 'token' | 'fid';
  readonly message: FcmMessage;
  readonly accessToken: string;
  readonly protocol: Protocol;
  /** Checked and answered like the others, but it reaches no phone. */
  readonly validateOnly: boolean;
}

/** Decides the answer to a request; undefined: accept it. */
type AnswerFunction = (request: FcmRequest) => FcmAnswer | undefined;

export interface FakeFcmOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Milliseconds before an answer; default 0. */
  readonly latencyMs?: number;
  readonly answer?: AnswerFunction;
  /** A plain port (h2c and HTTP/1.1) instead of TLS. */
  readonly plain?: boolean;
  /** Default both. */
  readonly protocols?: readonly Protocol[];
  /** Default 100, as Google's front ends say. */
  readonly maxConcurrentStreams?: number;
  readonly projectId?: string;
  /** `type`, `project_id` and so on of the key file, to make a wrong one. */
  readonly keyFile?: Readonly<Record<string, unknown>>;
  /** Takes the access tokens of another fake's token endpoint, and sends clients there for them. */
  readonly tokenEndpoint?: TokenEndpoint;
  /** Default 3600. */
  readonly tokenLifetimeSeconds?: number;
  /** Where key file and certificate go; default: a temporary directory, removed at the end. */
  readonly dir?: string;
  /** Keep what was received for `received` and `nextRequest`; default true. Off for benchmarks. */
  readonly keep?: boolean;
  readonly onAccepted?: (request: FcmRequest) => void;
  /** Milliseconds since 1970: its clock, by which it judges assertions and tells the time. Default: the real one. */
  readonly now?: () => number;
}

export interface FakeFcm extends AsyncDisposable {
  /** The origin, as `endpoint` in the configuration. */
  readonly url: string;
  readonly projectId: string;
  /** JSON key of a service account whose `token_uri` is the fake. */
  readonly serviceAccountFile: string;
  /** Absent on a plain port. */
  readonly caFile?: string;
  /** Requests that passed the checks, in order, with the status they got. */
  readonly received: readonly (FcmRequest & { readonly status?: number })[];
  /** Requests of any kind that were answered by a refusal of the fake's own checks. */
  readonly refused: readonly FcmAnswer[];
  readonly accepted: number;
  readonly tokenExchanges: number;
  readonly tokenEndpoint: TokenEndpoint;
  readonly connections: Listener['counts'];
  /** The first request, past or future, that matches and that no earlier call has returned. */
  nextRequest(matches?: (request: FcmRequest) => boolean): Promise<FcmRequest>;
  /** What happens to this token from now on; undefined: it is fine. */
  script(token: string, answer: FcmAnswer | AnswerFunction | undefined): void;
  goaway: Listener['goaway'];
  dropConnections: Listener['dropConnections'];
  close(): Promise<void>;
}

export async function startFakeFcm(options: FakeFcmOptions = {}): Promise<FakeFcm> {
  const projectId = options.projectId ?? 'example-project';
  const keys = await serviceAccountKeys();
  const certificate = options.plain === true ? undefined : await serverCertificate();
  const clientEmail = `carillon@${projectId}.iam.gserviceaccount.com`;
  const tokenEndpoint =
    options.tokenEndpoint ??
    new TokenEndpoint({
      clientEmail,
      publicKey: keys.publicKey,
      lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
      now: options.now ?? Date.now,
    });
  const fcm = new Fcm(projectId, tokenEndpoint, options);
  const listener = await listen({
    ...(certificate !== undefined && { certificate }),
    protocols: options.protocols ?? ['h2', 'http/1.1'],
    port: options.port ?? 0,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 100,
    onExchange: (exchange) => fcm.serve(exchange),
  });
  const url = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${listener.port}`;
  if (tokenEndpoint.audience === '') tokenEndpoint.audience = `${url}/token`;

  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'fake-fcm-')));
  await mkdir(dir, { recursive: true });
  const serviceAccountFile = join(dir, 'service-account.json');
  const keyFile = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: 'fake-key-1',
    private_key: keys.privateKey,
    client_email: clientEmail,
    client_id: '100000000000000000000',
    token_uri: tokenEndpoint.audience,
    ...options.keyFile,
  };
  await writeFile(serviceAccountFile, `${JSON.stringify(keyFile, null, 2)}\n`, { mode: 0o600 });
  const caFile = certificate === undefined ? undefined : join(dir, 'ca.pem');
  if (caFile !== undefined && certificate !== undefined) await writeFile(caFile, certificate.cert);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      fcm.stop();
      await listener.close();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    })();
    return closing;
  };
  return {
    url,
    projectId,
    serviceAccountFile,
    ...(caFile !== undefined && { caFile }),
    received: fcm.inbox.received,
    refused: fcm.refused,
    get accepted() {
      return fcm.accepted;
    },
    get tokenExchanges() {
      return tokenEndpoint.exchanges;
    },
    tokenEndpoint,
    connections: listener.counts,
    nextRequest: (matches) => fcm.inbox.next(matches),
    script: (token, answer) => fcm.script(token, answer),
    goaway: (how) => listener.goaway(how),
    dropConnections: () => listener.dropConnections(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Received = FcmRequest & { status?: number };

class Fcm {
  readonly inbox = new Inbox<Received>();
  readonly refused: FcmAnswer[] = [];
  accepted = 0;
  readonly #path: string;
  readonly #projectId: string;
  readonly #tokens: TokenEndpoint;
  readonly #options: FakeFcmOptions;
  readonly #scripts = new Map<string, { readonly answer: FcmAnswer | AnswerFunction; left: number }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #requests = 0;

  constructor(projectId: string, tokens: TokenEndpoint, options: FakeFcmOptions) {
    this.#projectId = projectId;
    this.#path = `/v1/projects/${projectId}/messages:send`;
    this.#tokens = tokens;
    this.#options = options;
  }

  script(token: string, answer: FcmAnswer | AnswerFunction | undefined): void {
    if (answer === undefined) this.#scripts.delete(token);
    else {
      const left = typeof answer === 'function' ? undefined : answer.times;
      this.#scripts.set(token, { answer, left: left ?? Number.POSITIVE_INFINITY });
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.inbox.close();
  }

  serve(exchange: Exchange): void {
    if (exchange.path === '/token') this.#serveToken(exchange);
    else if (exchange.path === this.#path) this.#serveSend(exchange);
    else if (/^\/v1\/projects\/[^/]+\/messages:send$/.test(exchange.path))
      this.#refuse(exchange, { status: 403, errorInfo: 'IAM_PERMISSION_DENIED' });
    else
      this.#refuse(exchange, {
        status: 404,
        contentType: 'text/html; charset=UTF-8',
        body: '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>',
      });
  }

  #serveToken(exchange: Exchange): void {
    const type = String(exchange.headers['content-type']);
    if (exchange.method !== 'POST' || !type.startsWith('application/x-www-form-urlencoded')) {
      this.#refuse(exchange, { status: 400, message: 'A token exchange is a form POST' });
      return;
    }
    const result = this.#tokens.exchange(exchange.body);
    if (result !== undefined) this.#reply(exchange, result.answer, result.delayMs);
  }

  #serveSend(exchange: Exchange): void {
    if (exchange.method !== 'POST') {
      this.#refuse(exchange, { status: 404, contentType: 'text/html', body: '<title>404</title>' });
      return;
    }
    const accessToken = String(exchange.headers['authorization'] ?? '').replace(/^Bearer /, '');
    if (!this.#tokens.isValid(accessToken)) {
      this.#refuse(exchange, { status: 401, errorInfo: 'ACCESS_TOKEN_EXPIRED' });
      return;
    }
    if (!String(exchange.headers['content-type']).startsWith('application/json')) {
      this.#refuse(exchange, { status: 400, message: 'Unsupported content type', field: '' });
      return;
    }
    const checked = checkMessage(exchange.body);
    if (!checked.ok) {
      this.#refuse(exchange, checked.answer);
      return;
    }
    const { message, validateOnly } = checked;
    const request: Received = {
      number: (this.#requests += 1),
      token: message.token ?? message.fid ?? '',
      target: message.token === undefined ? 'fid' : 'token',
      message,
      accessToken,
      protocol: exchange.protocol,
      validateOnly,
    };
    this.#decide(exchange, request);
    if (this.#options.keep !== false) this.inbox.put(request);
  }

  #decide(exchange: Exchange, request: Received): void {
    const answer = this.#scripted(request) ?? this.#options.answer?.(request);
    if (answer?.hang === true) return;
    if (answer?.reset === true || answer?.refuse === true) {
      if (answer.reset === true) exchange.reset();
      else exchange.refuse();
      return;
    }
    const http =
      answer === undefined || ((answer.status ?? 200) === 200 && answer.body === undefined)
        ? acceptedAnswer(this.#projectId, request.number)
        : httpAnswer(answer);
    request.status = http.status;
    if (http.status === 200 && !request.validateOnly) {
      this.accepted += 1;
      this.#options.onAccepted?.(request);
    }
    this.#reply(exchange, http, answer?.delayMs ?? 0);
  }

  #date(): string {
    return new Date((this.#options.now ?? Date.now)()).toUTCString();
  }

  #scripted(request: FcmRequest): FcmAnswer | undefined {
    const script = this.#scripts.get(request.token);
    if (script === undefined) return undefined;
    script.left -= 1;
    if (script.left <= 0) this.#scripts.delete(request.token);
    return typeof script.answer === 'function' ? script.answer(request) : script.answer;
  }

  #refuse(exchange: Exchange, answer: FcmAnswer): void {
    if (this.#options.keep !== false) this.refused.push(answer);
    this.#reply(exchange, httpAnswer(answer), 0);
  }

  #reply(exchange: Exchange, answer: HttpAnswer, delayMs: number): void {
    const wait = delayMs + (this.#options.latencyMs ?? 0);
    const respond = (): void => {
      if (!exchange.gone())
        exchange.respond(answer.status, { ...answer.headers, date: this.#date() }, answer.body);
    };
    if (wait === 0) {
      respond();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      respond();
    }, wait);
    this.#timers.add(timer);
  }
}
