import { expect, test } from 'vitest';
import { installOn, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

test('SIGTERM lets sends in flight end: exit code 0, and everything has rung once', async () => {
  await using installation = await startInstallation({ apnsLatencyMs: 400 });
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(door.url);
  const events = Array.from({ length: 50 }, (_, i) => `s${i}`);
  await notifier.post(messageNotify('first', 0));
  await ledger.allRing([eventIdOf('first')]);
  await Promise.all(events.map((event, i) => notifier.post(messageNotify(event, i))));
  worker.program.kill('SIGTERM');
  door.program.kill('SIGTERM');
  expect(await Promise.all([worker.program.ended, door.program.ended])).toEqual([0, 0]);

  await installation.startWorker();
  await ledger.allRing(events.map(eventIdOf));
  expect(events.map((event) => ledger.ringsOf(eventIdOf(event)).length)).toEqual(events.map(() => 1));
});

test('sends that outlast the grace go back at once, and keep their identity', async () => {
  const sections = 'worker: {ops_listen: "127.0.0.1:0", stop_grace: 2s}\n';
  await using installation = await startInstallation({ apnsLatencyMs: 10_000, sections });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(url);
  await notifier.post(messageNotify('slow', 1));
  const { opsUrl } = worker;
  await expect
    .poll(async () => (await fetch(`${opsUrl}/metrics`)).text())
    .toMatch(/carillon_in_flight\{[^}]*lane="high"\} 1/);
  worker.program.kill('SIGTERM');
  expect(await worker.program.ended).toBe(0);
  expect(ledger.total).toBe(0); // it did not wait for the send
  await installation.startWorker();
  await ledger.ring(eventIdOf('slow'));
  expect(new Set(ledger.ringsOf(eventIdOf('slow'))).size).toBe(1);
});

test('a worker that never reached Redis has nothing to hand in, and ends at once', async () => {
  await using installed = await installOn('{url: "redis://127.0.0.1:1"}');
  const { program } = await installed.startWorker();
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0); // 1 for a part that used up the grace
});

/** Element's test push, whose answer waits for the outcome: a request that an ingress is busy with. */
const testPush = (phone: number) => messageNotify('', phone, { eventId: '$THIS_IS_A_FAKE_EVENT_ID' });

/** An ingress and a worker that are in the middle of a send of some seconds, for a homeserver that waits for it. */
async function busyInstallation() {
  const installation = await startInstallation({ apnsLatencyMs: 6_000 });
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  const notifier = createNotifier(door.url);
  const answer = notifier.post(testPush(1));
  answer.catch(() => undefined); // looked at by the test that expects it
  await expect
    .poll(async () => (await fetch(`${worker.opsUrl}/metrics`)).text())
    .toMatch(/carillon_in_flight\{[^}]*lane="high"\} 1/);
  return {
    installation,
    ledger,
    door,
    worker,
    answer,
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

test('SIGTERM: not ready at once, no newcomers, and what was begun is answered before exit 0', async () => {
  await using s = await busyInstallation();
  const readiness = async ({ opsUrl }: typeof s.door | typeof s.worker) => {
    const response = await fetch(`${opsUrl}/ready`);
    return [response.status, await response.json()];
  };
  expect(await Promise.all([readiness(s.door), readiness(s.worker)])).toEqual(
    [1, 2].map(() => [200, { ready: true, missing: [] }]),
  );
  for (const { program } of [s.door, s.worker]) {
    const stopping = program.lineOf(({ msg }) => msg === 'stopping');
    program.kill('SIGTERM');
    await stopping;
  }
  expect(await Promise.all([readiness(s.door), readiness(s.worker)])).toEqual(
    [1, 2].map(() => [503, { ready: false, missing: ['draining'] }]),
  );
  await expect(fetch(`${s.door.url}/_matrix/push/v1/notify`)).rejects.toThrow('fetch failed');
  expect((await s.answer).status).toBe(200);
  expect(await Promise.all([s.worker.program.ended, s.door.program.ended])).toEqual([0, 0]);
  expect(s.ledger.total).toBe(1);
});

// Invariant 10.
test('a second SIGTERM ends both at once, and what was being sent rings with the same identity', async () => {
  await using s = await busyInstallation();
  for (const { program } of [s.door, s.worker]) {
    const stopping = program.lineOf(({ msg }) => msg === 'stopping');
    program.kill('SIGTERM');
    await stopping;
    program.kill('SIGTERM');
  }
  expect(await Promise.all([s.worker.program.ended, s.door.program.ended])).toEqual([143, 143]);
  await expect(s.answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  const { total } = s.ledger;
  await s.installation.startWorker();
  const testEvent = '$THIS_IS_A_FAKE_EVENT_ID';
  await s.ledger.ring(testEvent);
  expect([total, new Set(s.ledger.ringsOf(testEvent)).size]).toEqual([0, 1]);
});
