import { expect, test } from 'vitest';
import { fitPayload } from './fit.ts';

function fit(defaults: Record<string, string>, fields: Record<string, string>, budget = 4096) {
  const defaultMap = new Map(Object.entries(defaults));
  const fieldMap = new Map(Object.entries(fields));
  fitPayload(defaultMap, fieldMap, budget);
  const data = Object.fromEntries([...defaultMap, ...fieldMap]);
  return { data, bytes: size(data) };
}

function size(data: Readonly<Record<string, string>>): number {
  return Object.entries(data).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
}

const ids = { event_id: '$e', room_id: '!r', prio: 'high', unread: '2' };

test('leaves alone what fits to the byte', () => {
  const fields = { ...ids, content_body: 'x'.repeat(4096 - size(ids) - 'content_body'.length) };
  expect(fit({}, fields)).toEqual({ data: fields, bytes: 4096 });
});

test('cuts the longest texts to one length, and no more than it must', () => {
  const long = 'x'.repeat(1024);
  const { data, bytes } = fit(
    {},
    {
      ...ids,
      room_name: long,
      content_body: long,
      content_formatted_body: long,
      room_alias: long,
      sender: 'short',
    },
  );
  expect(bytes).toBeGreaterThan(4096 - 4);
  expect(bytes).toBeLessThanOrEqual(4096);
  const lengths = [
    data['room_name'],
    data['content_body'],
    data['content_formatted_body'],
    data['room_alias'],
  ];
  expect(new Set(lengths.map((text) => text?.length)).size).toBe(1);
  expect(data).toMatchObject({ ...ids, sender: 'short' });
});

test('cuts only the longest where that is enough', () => {
  const { data } = fit({}, { ...ids, room_name: 'r'.repeat(900), content_body: 'x'.repeat(3900) });
  expect(data['room_name']).toBe('r'.repeat(900));
  expect(data['content_body']).toMatch(/^x+…$/);
});

test('lets small keys of the content go from the last on, and keeps the body', () => {
  const small = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`content_key${String(i).padStart(3, '0')}`, 'v'.repeat(40)]),
  );
  const { data, bytes } = fit({}, { ...ids, content_body: 'The bell', content_msgtype: 'm.text', ...small });
  expect(bytes).toBeLessThanOrEqual(4096);
  expect(data).toMatchObject({
    ...ids,
    content_body: 'The bell',
    content_msgtype: 'm.text',
    content_key000: 'v'.repeat(40),
  });
  expect(data).not.toHaveProperty('content_key099');
});

test('a value of the client that can never fit goes whole, and costs the notification nothing', () => {
  const fields = { ...ids, content_body: 'x'.repeat(1000) };
  const { data } = fit({ blob: 'b'.repeat(4100), account: 'otto' }, fields);
  expect(data).toEqual({ ...fields, account: 'otto' });
});

test('values of the client that fit are never cut', () => {
  const { data } = fit(
    { blob: 'b'.repeat(3000) },
    { ...ids, room_name: 'r'.repeat(1024), content_body: 'x'.repeat(1024) },
  );
  expect(data['blob']).toBe('b'.repeat(3000));
  expect(data['room_name']).toMatch(/^r{64,}…$/);
});

test('what the notification overrides of the client takes no room', () => {
  const { data } = fit({ content_body: 'b'.repeat(4000) }, { ...ids, content_body: 'short' });
  expect(data).toEqual({ ...ids, content_body: 'short' });
});

test('fits the worst that a notification can be into the smallest budget', () => {
  const long = '🔔'.repeat(256);
  const keys = [
    'event_id',
    'type',
    'sender',
    'room_name',
    'room_alias',
    'membership',
    'sender_display_name',
    'content',
    'room_id',
    'content_body',
    'content_msgtype',
    'content_x',
  ];
  const fields = Object.fromEntries(keys.map((key) => [key, long]));
  const { data, bytes } = fit(
    { a: long, b: long },
    { ...fields, prio: 'normal', unread: '9007199254740991', missed_calls: '9007199254740991' },
    3072,
  );
  expect(bytes).toBeLessThanOrEqual(3072);
  expect(data).toMatchObject({ event_id: long, room_id: long });
});
