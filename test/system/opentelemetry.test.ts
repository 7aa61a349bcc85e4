import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFakeCollector } from '../fakes/otlp/server.ts';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

/** Every module that a process started from now on loads, in a file for each process. */
async function watchModules(): Promise<{ loadedBy(pid: number): Promise<readonly string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-modules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hook = join(folder, 'hook.mjs');
  await writeFile(
    hook,
    `import { appendFileSync } from 'node:fs';
     import { registerHooks } from 'node:module';
     registerHooks({ load(url, context, next) {
       appendFileSync(${JSON.stringify(folder)} + '/' + process.pid, url + '\\n');
       return next(url, context);
     } });`,
  );
  vi.stubEnv('NODE_OPTIONS', `--import=${hook}`);
  return {
    async loadedBy(pid) {
      return (await readFile(join(folder, String(pid)), 'utf8')).split('\n');
    },
  };
}

/** `@opentelemetry/api` alone is no SDK: it does nothing, and the metrics library brings it along. */
const ofTheSdk = (module: string): boolean => /bullmq-otel|@opentelemetry\/(?!api\/)/.test(module);

test("one trace goes from the homeserver's request through both processes to each try", async () => {
  await using collector = await startFakeCollector();
  const modules = await watchModules();
  await using installation = await startInstallation({
    sections: `opentelemetry: {endpoint: "${collector.url}", sample: 1}\n`,
  });
  const ledger = keepLedger(installation);
  const { url, program: ingress } = await installation.startIngress();
  const { program: worker } = await installation.startWorker();
  using notifier = createNotifier(url);
  await installation.script(iosToken(7), {
    status: 503,
    reason: 'ServiceUnavailable',
    headers: { 'retry-after': 1 },
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  await notifier.postUntilTaken(messageNotify('traced', 7), { traceparent });
  const refused = await worker.lineOf<Record<string, unknown>>(
    ({ reason }) => reason === 'ServiceUnavailable',
  );
  await installation.script(iosToken(7), undefined);
  await ledger.allRing([eventIdOf('traced')]);
  await notifier.post(messageNotify('hostile', 8), { traceparent: 'x'.repeat(4_000), tracestate: ',,=,' });
  await ledger.allRing([eventIdOf('hostile')]);
  for (const program of [ingress, worker]) program.kill('SIGTERM');
  expect(await Promise.all([ingress.ended, worker.ended])).toEqual([0, 0]);

  const spans = collector.spans.filter((span) => span.traceId === traceId);
  const only = (kind: string) => spans.filter((span) => span.kind === kind);
  const [server, producer] = [...only('server'), ...only('producer')];
  expect(server).toMatchObject({
    service: 'carillon-ingress',
    parentSpanId: 'b7ad6b7169203331',
    attributes: { 'http.route': '/_matrix/push/v1/notify', 'http.response.status_code': 200 },
  });
  expect(producer).toMatchObject({
    service: 'carillon-ingress',
    parentSpanId: server?.spanId,
    attributes: { 'carillon.admission': 'queued', 'carillon.app': iosApp },
  });
  const tries = only('consumer').toSorted((a, b) => a.startedAt - b.startedAt);
  expect(tries.length).toBeGreaterThanOrEqual(2);
  expect(tries.map(({ service, parentSpanId }) => [service, parentSpanId])).toEqual(
    tries.map(() => ['carillon-worker', producer?.spanId]),
  );
  expect(tries.map(({ attributes }) => attributes['carillon.result'])).toEqual(
    tries.map((_, i) => (i === tries.length - 1 ? 'delivered' : 'later')),
  );
  const sends = only('client').toSorted((a, b) => a.startedAt - b.startedAt);
  expect(sends.map(({ parentSpanId }) => parentSpanId)).toEqual(tries.map(({ spanId }) => spanId));
  expect(sends[0]).toMatchObject({
    name: 'send apns',
    attributes: { 'carillon.reason': 'ServiceUnavailable', 'server.address': '127.0.0.1' },
    isError: true,
  });
  expect(sends.at(-1)).toMatchObject({ attributes: { 'carillon.outcome': 'delivered' }, isError: false });
  expect(refused).toMatchObject({ trace_id: traceId, span_id: sends[0]?.spanId });

  const hostile = collector.spans.filter((span) => span.traceId !== traceId);
  expect(hostile.map(({ kind }) => kind).toSorted()).toEqual(['client', 'consumer', 'producer', 'server']);
  expect(new Set(hostile.map((span) => span.traceId)).size).toBe(1);
  const everything = JSON.stringify(collector.spans);
  for (const secret of [iosPushkey(7), iosToken(7), eventIdOf('traced'), 'lunch', '@alice', 'jAaGkg6JQi9Lu'])
    expect(everything).not.toContain(secret);
  const page = await readFile(join(import.meta.dirname, '../../docs/opentelemetry.md'), 'utf8');
  const attributes = new Set(collector.spans.flatMap((span) => Object.keys(span.attributes)));
  expect([...attributes].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect((await modules.loadedBy(worker.pid)).some(ofTheSdk)).toBe(true);
});

test.for(['', 'opentelemetry: {endpoint: "COLLECTOR", sample: 0}\n'])(
  'with %j no spans are recorded, and nothing of OpenTelemetry is loaded',
  async (sections) => {
    await using collector = await startFakeCollector();
    const modules = await watchModules();
    await using installation = await startInstallation({
      sections: sections.replace('COLLECTOR', collector.url),
    });
    const ledger = keepLedger(installation);
    const { url, program: ingress } = await installation.startIngress();
    const { program: worker } = await installation.startWorker();
    using notifier = createNotifier(url);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await notifier.post(messageNotify('withoutSpans', 1), { traceparent });
    await ledger.allRing([eventIdOf('withoutSpans')]);
    for (const program of [ingress, worker]) program.kill('SIGTERM');
    expect(await Promise.all([ingress.ended, worker.ended])).toEqual([0, 0]);
    expect(collector.requests).toEqual([]);
    for (const { pid } of [ingress, worker]) {
      const loaded = await modules.loadedBy(pid);
      expect(loaded.length).toBeGreaterThan(100);
      expect(loaded.filter(ofTheSdk)).toEqual([]);
    }
  },
);

test.for(['hangs', 'is down'])(
  'a collector that %s delays no push and no stop, and is logged once',
  async (trouble) => {
    const collector = await startFakeCollector({ answer: () => 'hang' });
    if (trouble === 'is down') await collector[Symbol.asyncDispose]();
    else onTestFinished(() => collector[Symbol.asyncDispose]());
    await using installation = await startInstallation({
      sections: `opentelemetry: {endpoint: "${collector.url}", sample: 1, limit: 10000}\n`,
    });
    const ledger = keepLedger(installation);
    const { url, program: ingress } = await installation.startIngress();
    const { program: worker } = await installation.startWorker();
    using notifier = createNotifier(url);
    const events = Array.from({ length: 300 }, (_, i) => `event${i}`);
    await Promise.all(events.map((event, i) => notifier.postUntilTaken(messageNotify(event, i))));
    await ledger.allRing(events.map(eventIdOf));
    for (const program of [ingress, worker]) program.kill('SIGTERM');
    expect(await Promise.all([ingress.ended, worker.ended])).toEqual([0, 0]);
    for (const { lines } of [ingress, worker]) {
      const warnings = lines.filter((line) => line.includes('trouble with the trace collector')).length;
      // What hangs is given up after ten seconds, or by the stop and then without a word.
      expect(trouble === 'is down' ? [1] : [0, 1]).toContain(warnings);
      expect(lines.filter((line) => line.includes('keeps the process alive'))).toEqual([]);
    }
    expect(collector.requests.length > 0).toBe(trouble === 'hangs');
  },
);
