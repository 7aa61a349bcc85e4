import { describe, expect, it } from 'vitest';
import { ringOfApns, ringOfFcm } from './ring.ts';

describe('ringOfApns', () => {
  it('reads what the phone shows, and the identity by which a copy replaces it', () => {
    const payload = {
      aps: { alert: { 'loc-key': 'MSG', 'loc-args': ['Bob', 'Hello'] }, badge: 1 },
      event_id: '$e',
    };
    expect(ringOfApns({ token: 'ab', apns_id: 'id', payload, at: 1 }, 5)).toEqual({
      token: 'ab',
      eventId: '$e',
      text: 'Bob: Hello',
      identity: 'id',
      at: 5,
    });
  });

  it('shows a badge update as such', () => {
    const ring = ringOfApns({ token: 'ab', apns_id: 'id', payload: { aps: { badge: 0 } } }, 5);
    expect(ring).toMatchObject({ text: 'badge 0', eventId: undefined });
  });

  it('takes no other line for a ring', () => {
    expect(ringOfApns({ ready: true, url: 'https://127.0.0.1:1' }, 5)).toBeUndefined();
    expect(ringOfApns({ scripted: 'ab' }, 5)).toBeUndefined();
  });
});

describe('ringOfFcm', () => {
  it('reads what the app shows of the data', () => {
    const data = { event_id: '$e', sender_display_name: 'Alice', content_body: 'Hello' };
    expect(ringOfFcm({ accepted: 1, token: 't', message: { token: 't', data } }, 5)).toEqual({
      token: 't',
      eventId: '$e',
      text: 'Alice: Hello',
      identity: '$e',
      at: 5,
    });
  });

  it('shows a badge update as such', () => {
    const ring = ringOfFcm({ token: 't', message: { data: { unread: '2' } } }, 5);
    expect(ring).toMatchObject({ text: 'badge 2', eventId: undefined });
  });

  it('takes no other line for a ring', () => {
    expect(ringOfFcm({ ready: true }, 5)).toBeUndefined();
  });
});
