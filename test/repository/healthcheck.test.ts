import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { run } from './run.ts';

/** A server that answers every request with one status. */
async function answering(status: number): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => response.writeHead(status).end('{}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/health`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const check = (...urls: readonly string[]) =>
  run(process.execPath, [join(root, 'deploy/healthcheck.ts'), ...urls], { env: process.env });

test('is healthy when one of the listeners answers 200', async () => {
  await using bad = await answering(503);
  await using good = await answering(200);

  expect(await check(bad.url, good.url)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('is unhealthy when none answers 200, and says what they answer', async () => {
  await using bad = await answering(503);
  let gone = '';
  {
    await using soon = await answering(200);
    gone = soon.url;
  }

  const { code, stderr } = await check(bad.url, gone);

  expect(code).toBe(1);
  expect(stderr).toContain(`${bad.url} answers 503`);
  expect(stderr).toMatch(new RegExp(`${gone}: .*ECONNREFUSED`));
});
