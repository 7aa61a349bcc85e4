import { readFileSync } from 'node:fs';
import { constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { goodToken, signToken } from '../../../../test/fakes/apns/client.ts';
import { defaultTopic, startFakeApns } from '../../../../test/fakes/apns/server.ts';
import type { FakeApnsOptions } from '../../../../test/fakes/apns/server.ts';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';

/** Long enough to count as never here. */
const patience = { connectTimeoutMs: 60_000, pingAfterMs: 60_000, pongWithinMs: 60_000 };

async function setup(options: FakeApnsOptions = {}, changes: Partial<ConnectionOptions> = {}) {
  const apns = await startFakeApns(options);
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const events: string[] = [];
  const closed = Promise.withResolvers<void>();
  const connection = new Connection({
    ...patience,
    production: true,
    destination: {
      host: '127.0.0.1',
      port: Number(new URL(apns.url).port),
      secureContext: createSecureContext({ ca: readFileSync(apns.caFile) }),
      proxy: undefined,
    },
    events: {
      opened: () => void events.push('opened'),
      leaving: (reason, detail) => void events.push(`leaving: ${reason}, ${detail}`),
      closed: (reason) => {
        events.push(`closed: ${reason}`);
        closed.resolve();
      },
      failed: (fault, code) => void events.push(`failed: ${fault}, ${code}`),
    },
    ...changes,
  });
  onTestFinished(() => connection.leave('shutdown', 'the test is over'));
  const authorization = `bearer ${signToken(apns.signingKey)}`;
  const send = async (timeoutMs = 60_000, token = goodToken): Promise<string> => {
    const entered = await connection.enter('high', 60_000);
    if (entered !== 'entered') return entered;
    const exchange = await connection.exchange(token, {
      headers: ['apns-topic', defaultTopic, 'apns-push-type', 'alert', 'authorization', authorization],
      body: '{"aps":{"badge":1}}',
      timeoutMs,
    });
    return 'fault' in exchange ? exchange.fault : String(exchange.status);
  };
  const sendMany = (count: number) => Promise.all(Array.from({ length: count }, () => send()));
  return { apns, connection, events, closed: closed.promise, send, sendMany };
}

/** Answers 200 to the first request of a token, and to the others when `release` is called. */
function holding() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const answer: FakeApnsOptions['answer'] = ({ attempt }) => (attempt === 1 ? undefined : promise);
  return { answer, release: () => resolve(undefined) };
}

test('sends one request alone on a new connection, and no burst is refused', async () => {
  const { sendMany, apns } = await setup({ latencyMs: 5 });
  expect(new Set(await sendMany(300))).toEqual(new Set(['200']));
  expect(apns.counters.connectionsOpened).toBe(1);
});

test('does not wait for the first answer once the other side has raised its limit', async () => {
  const { apns, connection, send } = await setup({
    answer: ({ token }) => (token === goodToken ? undefined : { hang: true }),
  });
  const hanging = send(500, '00'.repeat(32));
  await apns.nextRequest();
  expect(await send()).toBe('200');
  expect(await hanging).toBe('timeout');
  expect(connection.takesRequests).toBe(true);
});

test('keeps a tenth below the limit of the other side', async () => {
  const { sendMany, apns } = await setup({ streamLimit: 20, latencyMs: 1 });
  await sendMany(100);
  expect(apns.counters.maxInFlight).toBe(18);
});

test('follows a limit that is cut to 1 after each error', async () => {
  const dead = { status: 410, reason: 'Unregistered' };
  const { sendMany, send } = await setup({
    dropLimitOnError: true,
    answer: ({ attempt }) => (attempt % 3 === 0 ? dead : undefined),
  });
  expect(await send()).toBe('200');
  const answers = await sendMany(60);
  expect(answers.filter((answer) => answer === '410')).toHaveLength(20);
  expect(answers.filter((answer) => answer === '200')).toHaveLength(40);
});

test('lets what is in flight end after GOAWAY, and says what was not processed', async () => {
  const { answer, release } = holding();
  const { apns, connection, events, closed, send } = await setup({ answer });
  await send();
  const sends = [send(), send(), send(), send()];
  for (let count = 0; count < 5; count += 1) await apns.nextRequest();
  apns.goaway({ unprocessed: 2, reason: 'Shutdown' });
  expect(await Promise.all(sends.slice(2))).toEqual(['goaway_unprocessed', 'goaway_unprocessed']);
  expect(connection.takesRequests).toBe(false);
  expect(connection.goawayReason).toBe('Shutdown');
  expect(await send()).toBe('shut');
  release();
  expect(await Promise.all(sends.slice(0, 2))).toEqual(['200', '200']);
  await closed;
  expect(events).toEqual(['opened', 'leaving: goaway, Shutdown', 'closed: goaway']);
});

test('lets what is in flight end after a second GOAWAY too', async () => {
  const { answer, release } = holding();
  const { apns, connection, closed, send } = await setup({ answer });
  await send();
  const inFlight = send();
  await apns.nextRequest();
  await apns.nextRequest();
  apns.goaway();
  apns.goaway();
  await expect.poll(() => connection.takesRequests).toBe(false);
  release();
  expect(await inFlight).toBe('200');
  await closed;
});

test('calls uncertain what a GOAWAY with an error cut short', async () => {
  const { answer } = holding();
  const { apns, closed, send } = await setup({ answer });
  await send();
  const sends = [send(), send()];
  for (let count = 0; count < 3; count += 1) await apns.nextRequest();
  apns.goaway({ code: constants.NGHTTP2_ENHANCE_YOUR_CALM, unprocessed: 1 });
  expect(await Promise.all(sends)).toEqual(['goaway', 'goaway_unprocessed']);
  await closed;
});

test('leaves when it is told to, and lets what is in flight end', async () => {
  const { answer, release } = holding();
  const { apns, connection, events, closed, send } = await setup({ answer });
  await send();
  const inFlight = send();
  await apns.nextRequest();
  await apns.nextRequest();
  connection.leave('shutdown', 'its sender is closed');
  connection.leave('shutdown', 'its sender is closed');
  expect(await send()).toBe('shut');
  release();
  expect(await inFlight).toBe('200');
  await closed;
  expect(events).toEqual(['opened', 'leaving: shutdown, its sender is closed', 'closed: shutdown']);
});

test.each([
  ['REFUSED_STREAM', { reset: constants.NGHTTP2_REFUSED_STREAM }, 'refused_stream'],
  ['another error', { reset: constants.NGHTTP2_INTERNAL_ERROR }, 'stream_reset'],
  ['CANCEL', { reset: constants.NGHTTP2_CANCEL }, 'stream_reset'],
])('tells a stream that was reset with %s, and goes on', async (_name, reset, fault) => {
  const { apns, send } = await setup();
  await send();
  apns.script(goodToken, reset);
  expect(await send()).toBe(fault);
  apns.script(goodToken, undefined);
  expect(await send()).toBe('200');
  expect(apns.counters.connectionsOpened).toBe(1);
});

test('tells a connection that was lost with requests in flight', async () => {
  const { apns, closed, events, send } = await setup({ answer: () => ({ hang: true }) });
  const inFlight = send();
  await apns.nextRequest();
  apns.disconnect();
  expect(await inFlight).toBe('connection_lost');
  await closed;
  expect(events.at(-1)).toBe('closed: error');
});

test('tells a connection that the other side closed when it was idle', async () => {
  const { apns, closed, events, send } = await setup();
  await send();
  apns.disconnect();
  await closed;
  expect(events.at(-1)).toBe('closed: idle');
});

test('gives up a request without an answer, and keeps a connection on which others are answered', async () => {
  const { apns, connection, send } = await setup({
    answer: ({ token }) => (token === goodToken ? undefined : { hang: true }),
  });
  await send();
  let answered = 0;
  const slow = send(500, '00'.repeat(32));
  const busy = (async () => {
    for (; answered < 1_000_000; answered += 1)
      if ((await Promise.race([slow, send()])) === 'timeout') return;
  })();
  expect(await slow).toBe('timeout');
  await busy;
  expect(answered).toBeGreaterThan(0);
  expect(connection.takesRequests).toBe(true);
  expect(apns.counters.connectionsOpened).toBe(1);
});

test('drops a connection on which nothing is heard while a request waits', async () => {
  const { apns, closed, events, send } = await setup();
  await send();
  apns.freeze();
  const others = [send(), send()];
  expect(await send(100)).toBe('timeout');
  expect(await Promise.all(others)).toEqual(['connection_lost', 'connection_lost']);
  await closed;
  expect(events.at(-1)).toBe('closed: timeout');
});

test('drops an idle connection that answers no ping', async () => {
  const { apns, closed, events, send } = await setup({}, { pingAfterMs: 10, pongWithinMs: 300 });
  await send();
  apns.freeze();
  await closed;
  expect(events).toEqual([
    'opened',
    'leaving: timeout, nothing was heard from the other side',
    'closed: timeout',
  ]);
});

test('keeps an idle connection that answers its pings', async () => {
  const { apns, connection, send } = await setup({}, { pingAfterMs: 5, pongWithinMs: 60_000 });
  await send();
  await expect.poll(() => apns.counters.pings).toBeGreaterThan(3);
  expect(connection.takesRequests).toBe(true);
  expect(await send()).toBe('200');
});

test('closes its socket even if the other side does not, after a GOAWAY too', async () => {
  const openSockets = () =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  for (const saysGoaway of [false, true]) {
    const { apns, connection, closed, send } = await setup({
      answer: ({ attempt }) => (attempt > 1 ? { hang: true } : undefined),
    });
    await send();
    const before = openSockets();
    const inFlight = send(300);
    await apns.nextRequest();
    await apns.nextRequest();
    if (saysGoaway) apns.goaway();
    await expect.poll(() => connection.takesRequests).toBe(!saysGoaway);
    apns.freeze();
    expect(await inFlight).toBe('timeout');
    await closed;
    await expect.poll(() => openSockets()).toBe(before - 1);
  }
});

test('tells those who wait for a connection why there is none', async () => {
  const { apns, connection, events, sendMany } = await setup({}, { connectTimeoutMs: 1_000 });
  apns.freeze();
  expect(new Set(await sendMany(5))).toEqual(new Set(['shut']));
  expect(connection.fault).toBe('tls_failed');
  expect(connection.takesRequests).toBe(false);
  expect(events).toEqual(['failed: tls_failed, ETIMEDOUT']);
});

test('makes no connection that nobody waits for any more', async () => {
  const { apns, connection, events } = await setup();
  const waiting = connection.enter('high', 60_000);
  connection.leave('shutdown', 'its sender is closed');
  expect(await waiting).toBe('shut');
  await expect.poll(() => apns.counters).toMatchObject({ connectionsOpened: 1, connectionsOpen: 0 });
  expect(events).toEqual(['leaving: shutdown, its sender is closed']);
});

test('tells that the other side does not take our certificate, which it does after the handshake', async () => {
  using authority = createCertificateAuthority();
  const { certificate, key } = authority.issue();
  const options: TlsOptions = {
    cert: certificate,
    key,
    ca: authority.certificate,
    requestCert: true,
    ALPNProtocols: ['h2'],
  };
  const server = createTlsServer(options).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { closed, send } = await setup(
    {},
    {
      destination: {
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        secureContext: createSecureContext({ ca: authority.certificate }),
        proxy: undefined,
      },
    },
  );
  expect(await send()).toBe('client_certificate_refused');
  expect(await send()).toMatch(/client_certificate_refused|shut/);
  await closed;
});
