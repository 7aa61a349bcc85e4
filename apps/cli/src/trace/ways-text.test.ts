import type { Hop, HopKind, Way } from '@carillon/hops';
import { expect, test } from 'vitest';
import { hopText } from './hop-text.ts';
import { notesOfSearch } from './not-found.ts';
import { waysText } from './ways-text.ts';
import { waysJson } from './ways-json.ts';
import { verdictOf } from './verdict.ts';

const at = Date.UTC(2026, 10, 21, 14, 20, 28, 123);
const hop = (kind: HopKind, facts: Partial<Hop> = {}): Hop => ({ kind, at, ...facts });
const way = (...hops: readonly Hop[]): Way => ({ pushkey: 0xab, hops });
const found = {
  ways: [],
  devices: 0,
  sampledOut: [],
  otherKey: 0,
  unreadable: 0,
  notIndexed: 0,
  complete: true,
  tooMany: false,
};
const settings = { keepMs: 86_400_000, maxMemoryBytes: 1, index: [] } as const;

test.each([
  [['queued'], 'waiting', 'queued'],
  [['queued', 'delivered'], 'delivered', 'delivered'],
  [['queued', 'delivered', 'duplicate'], 'delivered', 'delivered'],
  [['unconfirmed', 'duplicate', 'delivered'], 'delivered', 'delivered'],
  [['queued', 'later', 'delayed'], 'waiting', 'delayed'],
  [['queued', 'later', 'delayed', 'expired'], 'ended', 'expired'],
  [['queued', 'misconfigured', 'parked', 'recovered', 'delivered'], 'delivered', 'delivered'],
  [['queued', 'suspect', 'awaits_fuse'], 'waiting', 'awaits_fuse'],
  [['backlog_full', 'queued', 'dead', 'known_dead'], 'ended', 'known_dead'],
  [['unconfirmed'], 'ended', 'unconfirmed'],
  [['duplicate'], 'unknown', 'duplicate'],
] as const)('%j is %s, by %s', (kinds, verdict, last) => {
  const told = verdictOf(way(...kinds.map((kind) => hop(kind))));
  expect([told.verdict, told.hop?.kind]).toEqual([verdict, last]);
});

test("a send is told with the provider's word, its duration, its id and the cure", () => {
  const facts = { word: 'InvalidProviderToken', durationMs: 52, providerId: 'id-1', cure: 'check key_id' };
  expect(hopText(hop('misconfigured', facts), way())).toBe(
    'misconfigured: InvalidProviderToken, after 52 ms, its id id-1. check key_id',
  );
});

test('an expiry foreseen is no riddle: a delivery ends at once when its next try would be too late', () => {
  expect(hopText(hop('expired'), way())).toMatch(/too old, or would be at its next try/);
});

test('of an event that is known, nothing says that nothing is known of it', () => {
  const notes = ['the event is known, but not for this pushkey'];
  expect(waysText([], notes, false)).toMatch(/^Nothing is known of such a push\.\n/);
});

test('a duplicate names the one before it, or says that it is not kept', () => {
  const again = hop('duplicate', { at: at + 300_000 });
  expect(hopText(again, way(hop('queued'), again))).toMatch(/the one queued 5m before/);
  expect(hopText(again, way(again))).toMatch(/earlier than is kept/);
});

test('what strangers wrote does nothing to a terminal, and stays JSON in JSON', () => {
  const hostile = way(hop('unknown_app', { word: '\u001b[2J\u0007\n✓ all well\u202e', app: 'a\nb' }));
  const text = waysText([{ way: hostile, notes: ['\u001b]0;x'] }], [], false);
  // oxlint-disable-next-line no-control-regex -- it is what the text must not have
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(text.trimEnd().split('\n')).toHaveLength(5);
  expect(JSON.parse(waysJson([{ way: hostile, notes: [] }], [], undefined))).toMatchObject({
    devices: [{ pushkey: '#00000000ab', hops: [{ hop: 'unknown_app', ms: 0 }] }],
  });
});

test('nothing found: the causes are told, the surest first', () => {
  expect(notesOfSearch({ eventKey: 'abc' }, settings, undefined)).toEqual([
    expect.stringMatching(/begin with \$/),
    expect.stringMatching(/nothing was taken down/),
  ]);
  const sampledOut = [{ kind: 'ordinary', oneIn: 8, from: at, until: at + 60_000 }] as const;
  const notes = notesOfSearch({ eventKey: '$a' }, settings, {
    ...found,
    since: at,
    sampledOut,
    otherKey: 2,
    complete: false,
  });
  expect(notes).toEqual([
    expect.stringMatching(/not kept: between .* only 1 in 8/),
    expect.stringMatching(/2 chunks .* another key/),
    expect.stringMatching(/there may be more/),
    expect.stringMatching(/reach back to/),
  ]);
  expect(notesOfSearch({ eventKey: '$a' }, settings, { ...found, since: at }).at(-1)).toMatch(
    /no homeserver has asked/,
  );
});

test('a search that no single event decides says what share was kept, whether or not it found anything', () => {
  const sampledOut = [{ kind: 'ordinary', oneIn: 128, from: at, until: at + 60_000 }] as const;
  const answer = { ...found, since: at, sampledOut, notIndexed: 3, tooMany: true };
  const empty = notesOfSearch({ pushkey: 'p' }, settings, answer);
  expect(empty[0]).toMatch(/only 1 in 128 events of deliveries that went well .* may have been more/);
  const some = notesOfSearch({ pushkey: 'p' }, settings, { ...answer, ways: [way(hop('queued'))] });
  expect(some).toEqual([
    empty[0],
    expect.stringMatching(/only about the latest 5000/),
    expect.stringMatching(/3 chunks .* without the index/),
  ]);
  expect(notesOfSearch({ pushkey: 'p', until: at }, settings, found)).toEqual([
    expect.stringMatching(/nothing was taken down in that time/),
  ]);
  expect(notesOfSearch({ eventKey: '$a' }, { ...settings, keepMs: 0 }, undefined)[0]).toMatch(/trace\.keep/);
});

test('pushes of several events are told apart by the fingerprints of these', () => {
  const ways = [1, 2].map((event) => ({ way: { ...way(hop('delivered')), event }, notes: [] }));
  const text = waysText(ways, [], false);
  expect(text).toMatch(/^2 pushes of 2 events; times are of /);
  expect(text).toMatch(/pushkey #00000000ab, event #000000000002\n/);
  expect(JSON.parse(waysJson(ways, [], undefined))).toMatchObject({
    version: 1,
    devices: [{ event: '#000000000001' }, { event: '#000000000002' }],
  });
});
