import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHomeserver, type User } from './homeserver.ts';
import { connectGateway } from './notify.ts';
import { installOnAndroid, installOnIphone } from './phone.ts';

type Answer = readonly [status: number, body: object];

/** A gateway that answers as told, at first in that order and then 200. */
async function setup(...answers: readonly Answer[]) {
  const requests: { readonly head: IncomingMessage; readonly body: string }[] = [];
  const queue = [...answers];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      requests.push({ head: request, body });
      const [status, json] = queue.shift() ?? [200, { rejected: [] }];
      response.writeHead(status).end(JSON.stringify(json));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const end = new AbortController();
  const retries: (readonly [string, number])[] = [];
  const homeserver = createHomeserver({
    gateway: connectGateway(`http://127.0.0.1:${port}`, end.signal),
    signal: end.signal,
    onRetry: (why, waitMs) => retries.push([why, waitMs]),
  });
  const alice: User = { name: 'Alice', id: '@alice:example.org', phone: installOnIphone('iPhone') };
  const bob: User = { name: 'Bob', id: '@bob:example.org', phone: installOnAndroid('Android') };
  homeserver.setPusher(alice);
  return {
    homeserver,
    alice,
    bob,
    requests,
    retries,
    end,
    async [Symbol.asyncDispose]() {
      end.abort(new Error('the test is over'));
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the simulated homeserver', () => {
  it("sends Synapse's headers in their order, and a canonical body", async () => {
    await using stage = await setup();
    await stage.homeserver.write(stage.bob, stage.alice, 'Hello');
    const [{ head, body } = { head: undefined, body: '' }] = stage.requests;
    const names = head?.rawHeaders.filter((_, index) => index % 2 === 0) ?? [];
    expect(names.slice(0, 6)).toEqual([
      'Content-Length',
      'Content-Type',
      'User-Agent',
      'Accept',
      'Accept-Encoding',
      'Host',
    ]);
    const { notification } = JSON.parse(body) as { notification: Record<string, unknown> };
    expect(Object.keys(notification)).toEqual(Object.keys(notification).toSorted());
    expect(notification['id']).toBe(notification['event_id']);
  });

  it('repeats a request that failed, byte for byte, before the next one', async () => {
    await using stage = await setup([503, {}]);
    const first = stage.homeserver.write(stage.bob, stage.alice, 'One');
    const second = stage.homeserver.write(stage.bob, stage.alice, 'Two');
    await Promise.all([first, second]);
    const [one, again, two] = stage.requests.map(({ body }) => body);
    expect(stage.retries).toEqual([['HTTP 503', 1_000]]);
    expect(again).toBe(one);
    expect(two).toContain('Two');
  });

  it('deletes a pusher whose pushkey is rejected, and sends nothing more for it', async () => {
    const phone = installOnIphone('iPhone');
    await using stage = await setup([200, { rejected: [phone.pushkey] }]);
    stage.alice.phone = phone;
    stage.homeserver.setPusher(stage.alice);
    const message = await stage.homeserver.write(stage.bob, stage.alice, 'Hello');
    expect(message).toMatchObject({ pusherDeleted: true });
    expect(stage.homeserver.hasPusher(stage.alice)).toBe(false);
    expect(await stage.homeserver.write(stage.bob, stage.alice, 'Hello?')).toBeUndefined();
    expect(stage.requests).toHaveLength(1);
  });

  it('keeps a pusher when another pushkey is rejected', async () => {
    await using stage = await setup([200, { rejected: ['somebody else'] }]);
    expect(await stage.homeserver.write(stage.bob, stage.alice, 'Hello')).toMatchObject({
      pusherDeleted: false,
    });
    expect(stage.homeserver.hasPusher(stage.alice)).toBe(true);
  });

  it('gives up with the reason of the end', async () => {
    await using stage = await setup([503, {}]);
    const message = stage.homeserver.write(stage.bob, stage.alice, 'Hello');
    stage.end.abort(new Error('enough'));
    await expect(message).rejects.toThrow('enough');
  });
});
