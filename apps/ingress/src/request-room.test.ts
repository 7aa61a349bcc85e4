import { expect, test } from 'vitest';
import { createRequestRoom, type Place, type RequestRoom } from './request-room.ts';

const kib = 1_024;

/** A request whose body has begun; `gone` says whether its place was given away. */
function begin(room: RequestRoom, bytes: number): { readonly place: Place; readonly gone: () => boolean } {
  const place = room.enter();
  if (place === undefined) throw new Error('no room');
  let isGone = false;
  place.onGivenAway(() => (isGone = true));
  expect(place.grow(bytes)).toBe(true);
  return { place, gone: () => isGone };
}

test('the body that has taken longest makes room for the next', () => {
  const room = createRequestRoom(60 * kib);
  const slow = begin(room, 10 * kib);
  const later = begin(room, 10 * kib);
  const honest = begin(room, 10 * kib);
  expect([slow.gone(), later.gone(), honest.gone()]).toEqual([true, false, false]);
  expect(slow.place.grow(1)).toBe(false);
});

test('what has arrived keeps its place, so that there may be no room', () => {
  const room = createRequestRoom(60 * kib);
  const first = begin(room, 10 * kib);
  const second = begin(room, 10 * kib);
  first.place.keep();
  second.place.keep();
  expect(room.enter()).toBeUndefined();
  first.place.leave();
  expect(begin(room, 10 * kib).gone()).toBe(false);
  expect([first.gone(), second.gone()]).toEqual([false, false]);
});

test('a body that grows is not its own way to room', () => {
  const room = createRequestRoom(100 * kib);
  const only = begin(room, 30 * kib);
  expect(only.place.grow(60 * kib)).toBe(false);
  expect(only.gone()).toBe(false);
  expect(only.place.grow(50 * kib)).toBe(true);
});

// Invariant 14.
test('large bodies that wait to be read leave room for small ones', () => {
  const room = createRequestRoom(200 * kib);
  const large = Array.from({ length: 3 }, () => begin(room, 30 * kib));
  for (const { place } of large) place.keep();
  expect(room.enter()?.grow(30 * kib)).toBe(false);
  expect(begin(room, 10 * kib).gone()).toBe(false);
  large[0]?.place.leave();
  expect(begin(room, 30 * kib).gone()).toBe(false);
});

test('a large body makes no room for another by taking that of a small one', () => {
  const room = createRequestRoom(200 * kib);
  const small = begin(room, 10 * kib);
  const slow = begin(room, 60 * kib);
  expect(begin(room, 60 * kib).gone()).toBe(false);
  expect([small.gone(), slow.gone()]).toEqual([false, true]);
});

test('room that is left can be taken again, however often it is left', () => {
  const room = createRequestRoom(40 * kib);
  for (let count = 0; count < 100; count += 1) {
    const { place } = begin(room, 20 * kib);
    place.leave();
    place.leave();
  }
  expect(begin(room, 20 * kib).gone()).toBe(false);
});
