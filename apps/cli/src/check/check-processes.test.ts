import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import type { Config } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { checkProcesses } from './check-processes.ts';

/** Only this of a configuration is looked at. */
const configOf = (ingress: number, worker: number) =>
  ({
    ingress: { opsListen: { host: '127.0.0.1', port: ingress } },
    worker: { opsListen: { host: '127.0.0.1', port: worker } },
  }) as Config;

test('a process that takes connections and answers nothing is told', async () => {
  const frozen = createServer().listen(0, '127.0.0.1');
  const well = createHttpServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await Promise.all([once(frozen, 'listening'), once(well, 'listening')]);
  const [frozenPort, wellPort] = [frozen, well].map((server) => (server.address() as AddressInfo).port);
  frozen.on('connection', (socket) => socket.on('error', () => undefined).resume());
  try {
    expect(await checkProcesses(configOf(wellPort ?? 0, frozenPort ?? 0))).toMatchObject([
      { check: 'workers', kind: 'bad', what: `the process at 127.0.0.1:${frozenPort}`, exit: 'unavailable' },
    ]);
  } finally {
    well.closeAllConnections();
    await Promise.all([once(well.close(), 'close'), once(frozen.close(), 'close')]);
  }
  // Nothing is there any more: it may run elsewhere.
  expect(await checkProcesses(configOf(wellPort ?? 0, frozenPort ?? 0))).toEqual([]);
});
