import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLog, createMetrics, createReadiness, startOps, type Config } from '@carillon/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { configuredPages, readOpsPages } from './ops-pages.ts';

type OpsListen = Config['ingress']['opsListen'];
const configOf = (ingress: OpsListen, worker: OpsListen) =>
  ({ ingress: { opsListen: ingress }, worker: { opsListen: worker } }) as unknown as Config;

test('processes of the configuration are looked for on this machine, where the port is known', () => {
  const pages = (ingress: string, worker: string) =>
    configuredPages(configOf({ host: ingress, port: 9401 }, { host: worker, port: 9402 })).map(
      ({ href }) => href,
    );
  expect(pages('127.0.0.1', '0.0.0.0')).toEqual([
    'http://127.0.0.1:9401/metrics',
    'http://127.0.0.1:9402/metrics',
  ]);
  expect(pages('::', 'ops.internal')).toEqual([
    'http://[::1]:9401/metrics',
    'http://ops.internal:9402/metrics',
  ]);
  expect(configuredPages(configOf({ host: '::1', port: 0 }, { host: '::1', port: 1 }))).toHaveLength(1);
});

async function startPage(): Promise<{ url: URL; again: () => Promise<URL> }> {
  const metrics = createMetrics({ version: '1', ofProcess: false });
  const again = async (): Promise<URL> => {
    const ops = await startOps({
      listen: { host: '127.0.0.1', port: 0 },
      section: 'worker',
      hosts: [],
      metrics,
      readiness: createReadiness(),
      logControl: createLog({ level: 'silent' }),
    });
    onTestFinished(() => ops.close());
    return new URL(`http://127.0.0.1:${ops.address.port}/metrics`);
  };
  return { url: await again(), again };
}

test('one process is read once, also where it serves its page twice', async () => {
  const first = await startPage();
  const second = await startPage();
  const { pages, silent } = await readOpsPages([first.url, await first.again(), second.url]);
  expect(silent).toEqual([]);
  expect(pages).toHaveLength(2);
  for (const { samples } of pages) expect(samples.map(({ name }) => name)).toContain('carillon_build_info');
});

test('addresses that give no metrics are named with the reason, and hold up nobody for long', async () => {
  const { url } = await startPage();
  const server = createServer((request, response) => {
    if (request.url === '/hangs') return;
    response.writeHead(request.url === '/missing' ? 404 : 200).end('<html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const host = `127.0.0.1:${port}`;
  const urls = ['/hangs', '/missing', '/html'].map((path) => new URL(`http://${host}${path}`));
  const { pages, silent } = await readOpsPages([new URL('http://127.0.0.1:1/metrics'), ...urls, url]);
  expect(silent).toEqual([
    '127.0.0.1:1: no answer',
    `${host}: no answer in time`,
    `${host}: answers 404`,
    `${host}: is no page of metrics`,
  ]);
  expect(pages).toHaveLength(1);
});
