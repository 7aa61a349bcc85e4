import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readCallers } from './callers.ts';

/** A private listener that answers this for its callers. */
async function listener(status: number, text: string): Promise<URL> {
  const server = createServer((_request, response) => void response.writeHead(status).end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
}

const page = (seconds: number, requests: number): string =>
  JSON.stringify({
    seconds,
    busiest: [{ caller: '198.51.100.1', requests, devices: requests * 2, rejected: 0, failed: requests }],
  });

test('a caller of several ingresses is one, and its rates add up', async () => {
  const urls = [await listener(200, page(10, 100)), await listener(200, page(60, 60))];
  expect(await readCallers(urls)).toEqual([
    { caller: '198.51.100.1', requests: 11, devices: 22, rejected: 0, failed: 11 },
  ]);
});

test('workers, and what is no page of callers, tell of none', async () => {
  const urls = [await listener(404, '{}'), await listener(200, 'nonsense'), new URL('http://127.0.0.1:9/')];
  expect(await readCallers(urls)).toEqual([]);
});
