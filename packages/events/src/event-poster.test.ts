import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { eventKinds, type OperatorEvent } from '@carillon/core';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificateAuthority } from '../../../test/fakes/certificates.ts';
import { createEventPoster, type EventPosterOptions } from './event-poster.ts';

const secret = 'a secret of some length, as it should be';

const anotherProtocol = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';

interface Post {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A receiver, and a poster that posts to it. `answer` decides on each post by its number. */
async function setup(
  answer: (post: number) => number | 'hang' = () => 204,
  options: Partial<EventPosterOptions> = {},
) {
  const authority = createCertificateAuthority();
  onTestFinished(() => authority[Symbol.dispose]());
  const { certificate, key } = authority.issue();
  const posts: Post[] = [];
  const server: Server = createServer({ cert: certificate, key }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      const status = answer(posts.length);
      if (status === 101) request.socket.write(anotherProtocol);
      else if (status !== 'hang') response.writeHead(status, { location: 'https://127.0.0.1:9/' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const told = { posted: 0, dropped: [] as [number, string][], troubles: [] as string[] };
  const { port } = server.address() as AddressInfo;
  const poster = createEventPoster({
    url: `https://127.0.0.1:${port}/events?for=carillon`,
    secret,
    kinds: eventKinds,
    plain: false,
    caFile: authority.file,
    allowPrivate: ['127.0.0.0/8'],
    timing: { gatherMs: 1, firstPauseMs: 1, longestPauseMs: 5, closeMs: 10_000 },
    observer: {
      posted: (count) => (told.posted += count),
      dropped: (count, why) => told.dropped.push([count, why]),
      trouble: (error) => told.troubles.push(String(error)),
      well: () => undefined,
    },
    ...options,
  });
  onTestFinished(() => poster.close());
  return { poster, posts, told };
}

const delivered = (index = 0): OperatorEvent => ({
  kind: 'delivery.delivered',
  app: 'com.example.app',
  at: 1_795_249_875_123,
  pushkey: 'secretPushkey',
  eventId: '$secretEvent',
  facts: { lane: 'high', reason: 'ok', index },
});
const eventsOf = ({ body }: Post) =>
  JSON.parse(body) as { readonly id: string; readonly data: { index: number } }[];

/** As Standard Webhooks has it. */
function signatureOf(post: Post | undefined): string {
  const header = (name: string): string => String(post?.headers[name]);
  const text = `${header('webhook-id')}.${header('webhook-timestamp')}.${post?.body ?? ''}`;
  return `v1,${createHmac('sha256', secret).update(text).digest('base64')}`;
}

test('events that come together are one signed post of CloudEvents, with fingerprints alone', async () => {
  const { poster, posts, told } = await setup();
  poster.tell(delivered(1));
  poster.tell(delivered(2));
  await expect.poll(() => told.posted).toBe(2);
  const [post] = posts;
  expect(posts).toHaveLength(1);
  expect(post?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
  const fingerprint = (text: string) =>
    createHmac('sha256', secret).update(text).digest('base64url').slice(0, 22);
  expect(JSON.parse(post?.body ?? '')).toEqual(
    [1, 2].map((index) => ({
      specversion: '1.0',
      id: String(index),
      source: expect.stringMatching(/^\/carillon\//),
      type: 'carillon.delivery.delivered',
      subject: 'com.example.app',
      time: '2026-11-21T08:31:15.123Z',
      datacontenttype: 'application/json',
      data: {
        app: 'com.example.app',
        lane: 'high',
        reason: 'ok',
        index,
        pushkey_fingerprint: fingerprint('secretPushkey'),
        event_fingerprint: fingerprint('$secretEvent'),
      },
    })),
  );
  expect(post?.body).not.toContain('secretPushkey');
  expect(post?.headers['webhook-signature']).toBe(signatureOf(post));
  const seconds = post?.headers['webhook-timestamp'];
  expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(600);
});

test('pushkeys and event ids stand in them where the operator wants it, and other kinds are left out', async () => {
  const { poster, posts, told } = await setup(() => 200, { plain: true, kinds: ['delivery.delivered'] });
  poster.tell({ ...delivered(), kind: 'delivery.dead' });
  poster.tell(delivered());
  await expect.poll(() => told.posted).toBe(1);
  expect(posts[0]?.body).toContain('"pushkey":"secretPushkey","event_id":"$secretEvent"');
  expect([poster.wants('delivery.delivered'), poster.wants('delivery.dead')]).toEqual([true, false]);
});

test('a receiver in trouble is tried again with the same id until it takes the batch, and order is kept', async () => {
  const { poster, posts, told } = await setup((post) => (post < 4 ? 503 : 200));
  poster.tell(delivered(1));
  await expect.poll(() => posts.length).toBeGreaterThan(0);
  poster.tell(delivered(2));
  await expect.poll(() => told.posted).toBe(2);
  expect(new Set(posts.slice(0, 4).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(posts.slice(3).flatMap((post) => eventsOf(post).map(({ data }) => data.index))).toEqual([1, 2]);
  expect(told.troubles).toHaveLength(3);
  expect(told.dropped).toEqual([]);
});

test('a receiver that goes over to another protocol is tried again', async () => {
  const { poster, told } = await setup((post) => (post === 1 ? 101 : 204));
  poster.tell(delivered());
  await expect.poll(() => told.posted).toBe(1);
  expect(told.troubles).toEqual(['Error: The receiver of events gave no answer']);
});

test.each([400, 401, 404, 302])(
  'what is answered %i is given up, and the next events go on',
  async (status) => {
    const { poster, posts, told } = await setup((post) => (post === 1 ? status : 200));
    poster.tell(delivered(1));
    await expect.poll(() => told.dropped).toEqual([[1, 'refused']]);
    poster.tell(delivered(2));
    await expect.poll(() => told.posted).toBe(1);
    expect(posts).toHaveLength(2);
  },
);

// Invariant 13.
test('while the receiver is away the oldest events go beyond a bound, and are counted', async () => {
  let isAway = true;
  const { poster, posts, told } = await setup(() => (isAway ? 503 : 200), { mostEvents: 500 });
  for (let index = 0; index < 20_000; index++) poster.tell(delivered(index));
  await expect.poll(() => posts.length).toBeGreaterThan(2);
  isAway = false;
  await expect.poll(() => told.posted).toBeGreaterThanOrEqual(500);
  const dropped = told.dropped.reduce((sum, [count]) => sum + count, 0);
  await expect.poll(() => told.posted + dropped).toBe(20_000);
  expect(new Set(told.dropped.map(([, why]) => why))).toEqual(new Set(['overflow']));
  expect(eventsOf(posts.at(-1) ?? { headers: {}, body: '[]' }).at(-1)?.data.index).toBe(19_999);
});

// Invariant 14.
test('a private address is not connected to unless the operator allows it', async () => {
  const { poster, posts, told } = await setup(() => 200, { allowPrivate: [] });
  poster.tell(delivered());
  await expect.poll(() => told.troubles.length).toBeGreaterThan(0);
  expect(told.troubles[0]).toMatch(/127\.0\.0\.1 is a private address: see events\.allow_private/);
  expect(posts).toEqual([]);
});

test('a stop posts what is left, and a receiver that hangs does not hold it up', async () => {
  const { poster, told } = await setup();
  poster.tell(delivered());
  await poster.close();
  expect(told.posted).toBe(1);

  const timing = { gatherMs: 1, firstPauseMs: 1, longestPauseMs: 1, closeMs: 50 };
  const hanging = await setup(() => 'hang', { timing });
  hanging.poster.tell(delivered());
  await expect.poll(() => hanging.posts.length).toBe(1);
  hanging.poster.tell(delivered());
  await hanging.poster.close();
  hanging.poster.tell(delivered());
  expect(hanging.told.posted).toBe(0);
  expect(hanging.told.dropped.reduce((sum, [count]) => sum + count, 0)).toBe(3);
});

test('a secret may be as libraries of Standard Webhooks write it', async () => {
  const { poster, posts, told } = await setup(() => 200, {
    secret: `whsec_${Buffer.from(secret).toString('base64')}`,
  });
  poster.tell(delivered());
  await expect.poll(() => told.posted).toBe(1);
  expect(posts[0]?.headers['webhook-signature']).toBe(signatureOf(posts[0]));
});
