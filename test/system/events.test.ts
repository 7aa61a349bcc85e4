import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../fakes/certificates.ts';
import { iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';

interface Told {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: { readonly event_fingerprint?: string };
}

/** As an operator runs one: with Standard Webhooks' check of the signature, and now and then not at all. */
async function startReceiver() {
  const stack = new AsyncDisposableStack();
  const authority = stack.use(createCertificateAuthority());
  const key = randomBytes(32);
  const secretFile = `${authority.directory}/secret`;
  writeFileSync(secretFile, `whsec_${key.toString('base64')}\n`, { mode: 0o600 });
  const told: Told[] = [];
  const taken = new Set<string>();
  let isDown = false;

  /** Takes a post that is signed as it has to be, and one that is tried again a single time. */
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => undefined);
    const {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signature,
    } = request.headers;
    const good = createHmac('sha256', key)
      .update(`${String(id)}.${String(seconds)}.${body}`)
      .digest('base64');
    const isSigned = body !== undefined && signature === `v1,${good}`;
    if (isSigned && !taken.has(String(id))) told.push(...(JSON.parse(body) as Told[]));
    if (isSigned) taken.add(String(id));
    response.writeHead(isSigned ? 204 : 401).end();
  }

  const { certificate, key: tlsKey } = authority.issue();
  const server = createServer(
    { cert: certificate, key: tlsKey },
    (request, response) => void take(request, response), // never rejects
  );
  server.on('connection', (socket) => void (isDown && socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    section: `events: {url: "https://127.0.0.1:${port}/", secret_file: ${secretFile}, ca_file: ${authority.file}, allow_private: ["127.0.0.0/8"]}\n`,
    told,
    fingerprint: (word: string) => createHmac('sha256', key).update(word).digest('base64url').slice(0, 22),
    goDown() {
      isDown = true;
      server.closeAllConnections();
    },
    comeBack: () => void (isDown = false),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The same with low priority, whose deliveries expire soon in this test. */
function lowNotify(event: string, phone: number): object {
  const { notification } = messageNotify(event, phone) as { readonly notification: object };
  return { notification: { ...notification, prio: 'low' } };
}

test('the operator is told, signed, what became of each push; also of those while the receiver was down, once', async () => {
  await using receiver = await startReceiver();
  await using installation = await startInstallation({
    sections: receiver.section,
    appKeys: ['max_age: {low: 1s}'],
  });
  const [door, worker] = [await installation.startIngress(), await installation.startWorker()];
  using notifier = createNotifier(door.url);
  await installation.script(iosToken(2), { status: 410, reason: 'Unregistered' });
  await installation.script(iosToken(3), { status: 503, reason: 'ServiceUnavailable' });
  const names = new Map(
    ['good', 'gone', 'late', 'after'].map((name) => [receiver.fingerprint(eventIdOf(name)), name]),
  );
  const heard = () =>
    receiver.told
      .filter(({ type }) => type.startsWith('carillon.delivery.'))
      .map(({ type, data }) => `${names.get(data.event_fingerprint ?? '')} ${type.split('.').at(-1)}`);

  await notifier.postUntilTaken(messageNotify('good', 1));
  await expect.poll(heard).toEqual(['good delivered']);

  receiver.goDown();
  await notifier.postUntilTaken(messageNotify('gone', 2));
  await notifier.postUntilTaken(lowNotify('late', 3));
  await worker.program.lineOf(({ msg }) => msg === 'trouble with events');
  await expect
    .poll(async () => (await fetch(`${worker.opsUrl}/metrics`)).text())
    .toMatch(/carillon_deliveries_dropped_total\{[^}]*reason="expired"[^}]*\} 1/);
  expect(heard()).toEqual(['good delivered']);

  receiver.comeBack();
  await notifier.postUntilTaken(messageNotify('after', 1));
  await expect.poll(heard).toHaveLength(4);
  expect(heard().toSorted()).toEqual(['after delivered', 'gone dead', 'good delivered', 'late expired']);
  const ids = receiver.told.map(({ source, id }) => `${source} ${id}`);
  expect(new Set(ids).size).toBe(ids.length);

  worker.program.kill('SIGTERM');
  expect(await worker.program.ended).toBe(0);
});
