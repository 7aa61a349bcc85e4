import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createJsonReader } from './read-json.ts';
import { createRequestRoom } from './request-room.ts';

const maxBytes = 262_144;

// Invariant 14.
test('a small body waits for one large body at most, however many came before it', async () => {
  const read = createJsonReader(maxBytes);
  const room = createRequestRoom(100 * maxBytes);
  const order: string[] = [];
  const body = async (name: string, length: number): Promise<void> => {
    const request = new IncomingMessage(new Socket());
    request.push(JSON.stringify('b'.repeat(length)));
    request.push(null);
    await read(request, room.enter());
    order.push(name);
  };
  const large = Array.from({ length: 20 }, () => body('large', 200_000));
  await Promise.all([...large, body('small', 100)]);
  expect(order.indexOf('small')).toBeLessThan(2);
  expect(order).toHaveLength(21);
});
