import { describe, expect, test } from 'vitest';
import type { Device, Notification } from '@carillon/core';
import { buildPayload, buildUnifiedPushPayload } from './payload.ts';
import type { Payload } from './payload.ts';

const max = 3993;

function payloadOf(notification: Partial<Notification>, data?: Device['data'], bytes = max): unknown {
  return read(buildPayload({ prio: 'high', ...notification }, device(data), bytes), bytes);
}

function device(data?: Device['data']): Device {
  return { appId: 'app', pushkey: 'key', ...(data !== undefined && { data }) };
}

/** The payload, or the fault. */
function read(payload: Payload, bytes = max): unknown {
  if (!payload.ok) return payload.fault;
  expect(Buffer.byteLength(payload.json)).toBeLessThanOrEqual(bytes);
  return JSON.parse(payload.json);
}

/** Nests so deep that JSON cannot be written. */
function bottomless(): unknown {
  let value: unknown = 1;
  for (let depth = 0; depth < 20_000; depth += 1) value = [value];
  return value;
}

describe('for browsers', () => {
  test('leaves out what is empty or false, and keeps counts of zero', () => {
    const empty = { eventId: '', roomId: '', roomName: '', sender: '', type: '', userIsTarget: false };
    expect(payloadOf({ ...empty, content: {}, counts: { unread: 0, missedCalls: 0 } })).toEqual({
      unread: 0,
      missed_calls: 0,
    });
    expect(payloadOf({ userIsTarget: true, counts: { missedCalls: 2 } })).toEqual({
      user_is_target: true,
      missed_calls: 2,
    });
  });

  test('sends an empty object for a badge without counts', () => {
    expect(payloadOf({})).toEqual({});
  });

  test('puts the notification over the default payload', () => {
    const defaults = { room_id: 'mine', unread: 9, extra: { a: [1] }, content: { old: 1 } };
    expect(payloadOf({ roomId: '!r', counts: { unread: 1 } }, { default_payload: defaults })).toEqual({
      ...defaults,
      room_id: '!r',
      unread: 1,
    });
  });

  test('refuses a default payload that is no object, but for null', () => {
    expect(payloadOf({ roomId: '!r' }, { default_payload: null })).toEqual({ room_id: '!r' });
    for (const wrong of ['text', 5, [], true])
      expect(payloadOf({ roomId: '!r' }, { default_payload: wrong })).toBe('default_payload_not_object');
  });

  test('with events_only sends events alone', () => {
    expect(payloadOf({ counts: { unread: 1 } }, { events_only: true })).toBe('nothing_to_send');
    expect(payloadOf({ eventId: '' }, { events_only: true })).toBe('nothing_to_send');
    expect(payloadOf({ eventId: '$e' }, { events_only: true })).toEqual({ event_id: '$e' });
    expect(payloadOf({}, { events_only: 'yes' })).toEqual({});
  });

  test('leaves out formatted bodies and long ciphertexts', () => {
    const content = { formatted_body: 'x', ciphertext: 'x'.repeat(2001), algorithm: 'a' };
    expect(payloadOf({ content })).toEqual({ content: { algorithm: 'a' } });
    const short = { ciphertext: '\u{1f514}'.repeat(100), body: 5 };
    expect(payloadOf({ content: short })).toEqual({ content: short });
    expect(content.formatted_body).toBe('x');
  });

  test('cuts a body to 1000 code points', () => {
    expect(payloadOf({ content: { body: 'x'.repeat(1000) } })).toEqual({
      content: { body: 'x'.repeat(1000) },
    });
    expect(payloadOf({ content: { body: 'x'.repeat(1001) } })).toEqual({
      content: { body: `${'x'.repeat(999)}…` },
    });
  });

  test('leaves out content that is no object', () => {
    for (const content of ['text', 5, ['a'], null, true])
      expect(payloadOf({ roomId: '!r', content })).toEqual({ room_id: '!r' });
  });
});

describe('makes it fit', () => {
  const names = { eventId: '$e', roomId: '!r' };

  test('by cutting the body', () => {
    const payload = payloadOf({
      ...names,
      content: { msgtype: 'm.text', body: '\u{1f514}'.repeat(1000) },
    }) as {
      content: { body: string; msgtype: string };
    };
    expect(payload).toMatchObject({ event_id: '$e', content: { msgtype: 'm.text' } });
    expect(payload.content.body).toMatch(/^(\u{1f514}){900,}…$/u);
    expect(Buffer.byteLength(JSON.stringify(payload))).toBeGreaterThan(max - 4);
  });

  test('by leaving out the longest other content, with the body whole', () => {
    const content = { body: 'hello', long: 'x'.repeat(5000), short: 'y', list: ['z'] };
    expect(payloadOf({ ...names, content })).toEqual({
      event_id: '$e',
      room_id: '!r',
      content: { body: 'hello', short: 'y', list: ['z'] },
    });
  });

  test('by cutting names that a member has made long', () => {
    const payload = payloadOf({ ...names, roomName: 'n'.repeat(60_000), content: { body: 'hello' } });
    expect(payload).toEqual({
      event_id: '$e',
      room_id: '!r',
      room_name: `${'n'.repeat(125)}…`,
      content: { body: 'hello' },
    });
  });

  test('by leaving out the content, if the default payload leaves no room for it', () => {
    const defaults = { default_payload: { text: 'x'.repeat(max - 60) } };
    expect(payloadOf({ ...names, content: { msgtype: 'm.text', body: 'hello' } }, defaults)).toEqual({
      text: 'x'.repeat(max - 60),
      event_id: '$e',
      room_id: '!r',
    });
  });

  test('but not what the client itself has made too large', () => {
    expect(payloadOf(names, { default_payload: { text: 'x'.repeat(max) } })).toBe('payload_too_large');
  });
});

describe('takes whatever a room member wrote', () => {
  test('nesting without end', () => {
    expect(payloadOf({ roomId: '!r', content: { body: 'hello', deep: bottomless() } })).toEqual({
      room_id: '!r',
      content: { body: 'hello' },
    });
    expect(payloadOf({}, { default_payload: { deep: bottomless() } })).toBe('payload_too_large');
    expect(
      read(buildUnifiedPushPayload({ prio: 'high', eventId: '$e', content: bottomless() }, device(), max)),
    ).toEqual({ notification: { event_id: '$e', prio: 'high' } });
  });

  test('names of the language', () => {
    const content = JSON.parse(
      '{"__proto__":{"body":"x"},"constructor":1,"toJSON":"x","body":"hello"}',
    ) as object;
    const built = buildPayload({ prio: 'high', content }, device(), max);
    expect(built).toEqual({ ok: true, json: `{"content":${JSON.stringify(content)}}` });
    const long = JSON.parse(
      `{"__proto__":{"a":1},"body":"${'x'.repeat(999)}","long":"${'y'.repeat(4000)}"}`,
    ) as object;
    expect(buildPayload({ prio: 'high', content: long }, device(), max)).toMatchObject({
      json: expect.stringContaining('"__proto__":{"a":1}') as string,
    });
  });

  test('halves of characters', () => {
    const body = '\ud83d'.repeat(1000);
    const { content } = payloadOf({ content: { body } }) as { content: { body: string } };
    expect(body.startsWith(content.body.slice(0, -1))).toBe(true);
    expect(content.body.length).toBeGreaterThan(650);
  });

  test('thousands of keys', () => {
    const content = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key${index}`, index]));
    const { content: sent } = payloadOf({ content: { ...content, body: 'hello' } }) as { content: object };
    expect(sent).toMatchObject({ body: 'hello', key0: 0 });
  });
});

describe('for UnifiedPush', () => {
  test('sends the body of the notify request without its devices', () => {
    const notification: Notification = {
      eventId: '$e',
      roomId: '!r',
      prio: 'low',
      counts: { unread: 0, missedCalls: 1 },
      content: { body: 'hello', formatted_body: '<b>hello</b>' },
      userIsTarget: true,
    };
    expect(read(buildUnifiedPushPayload(notification, device({ default_payload: { a: 1 } }), max))).toEqual({
      notification: {
        event_id: '$e',
        room_id: '!r',
        prio: 'low',
        counts: { unread: 0, missed_calls: 1 },
        content: { body: 'hello', formatted_body: '<b>hello</b>' },
        user_is_target: true,
      },
    });
  });

  test('sends fields that no Carillon knows, but none over those that it does', () => {
    const others = {
      'com.example.room_read': '!r:example.org',
      ephemeral: 'e',
      ciphertext: 'c',
      mac: { a: [1] },
    };
    const notification: Notification = { prio: 'high', roomId: '!r', others: { ...others, prio: 'x' } };
    expect(read(buildUnifiedPushPayload(notification, device(), max))).toEqual({
      notification: { ...others, prio: 'high', room_id: '!r' },
    });
    expect(read(buildPayload(notification, device(), max))).toEqual({ room_id: '!r' });
  });

  test('keeps such fields rather than content, and of those that do not fit the shortest', () => {
    const others = { ciphertext: 'c'.repeat(3000), long: 'x'.repeat(4000), short: 's' };
    const content = { msgtype: 'm.text', body: 'b'.repeat(3000) };
    const { notification } = read(
      buildUnifiedPushPayload({ prio: 'high', eventId: '$e', content, others }, device(), max),
    ) as { notification: Record<string, unknown> };
    const { long: _long, ...kept } = others;
    expect(notification).toMatchObject({ ...kept, event_id: '$e', prio: 'high' });
    expect(notification).not.toHaveProperty('long');
    expect(notification['content']).toEqual({
      msgtype: 'm.text',
      body: expect.stringMatching(/^b{500,}…$/) as string,
    });
  });

  test('fits and knows events_only as well', () => {
    const content = { body: '鐘'.repeat(5000) };
    expect(read(buildUnifiedPushPayload({ prio: 'high', content }, device(), max))).toMatchObject({
      notification: { content: { body: expect.stringMatching(/^鐘+…$/) as string } },
    });
    expect(read(buildUnifiedPushPayload({ prio: 'high' }, device({ events_only: true }), max))).toBe(
      'nothing_to_send',
    );
  });
});
