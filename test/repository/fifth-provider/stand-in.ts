import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface FakeBelfry extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly { readonly path: string; readonly body: string }[];
}

/** A belfry that rings for those who hold the rope. */
export async function startFakeBelfry(rope: string): Promise<FakeBelfry> {
  const received: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const isRinger = request.headers.authorization === rope && request.method === 'POST';
    void (async () => {
      const body = await text(request);
      if (isRinger) received.push({ path: String(request.url), body });
      response.writeHead(isRinger ? 200 : 403).end();
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
