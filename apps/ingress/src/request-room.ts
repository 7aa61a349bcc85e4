/**
 * The memory that requests under way may take together, so that the process stays small whatever arrives, and however
 * slowly (invariant 13). A request is under way while its body is arriving or its answer is waited for.
 *
 * Where there is no room, bodies that are still arriving go, the one that has taken longest first: honest ones are there
 * within milliseconds, and one who sends slowly must not keep them out (invariant 14). Large bodies share a half of it, so that
 * there is room for small ones however many large ones wait to be read.
 */
export interface RequestRoom {
  /** A place for a request, or undefined where there is no room. */
  enter(): Place | undefined;
}

export interface Place {
  /** Takes room for so many bytes of body in all; false where there is none, or where the place was given away. */
  grow(bytes: number): boolean;
  /** Called, once, when the place is given away. */
  onGivenAway(listener: () => void): void;
  /** The body is there: from now on the place is kept. */
  keep(): void;
  leave(): void;
}

/** What a request takes beside its body: its objects, and what is made of it until Redis has confirmed. */
const requestBytes = 16_384;

/** Few honest bodies are larger. */
export const largeBytes = 16_384;

interface Arriving {
  readonly isLarge: () => boolean;
  readonly giveAway: () => void;
}

export function createRequestRoom(maxBytes: number): RequestRoom {
  const maxLarge = maxBytes / 2;
  let taken = 0;
  let takenByLarge = 0;
  /** In the order in which they began. */
  const arriving = new Map<Place, Arriving>();

  /** Room for so many bytes more, and for so many more of large bodies. */
  function makeRoom(bytes: number, ofLarge = 0, asker?: Place): boolean {
    const isTooMuch = (): boolean => taken + bytes > maxBytes;
    const isTooLarge = (): boolean => ofLarge > 0 && takenByLarge + ofLarge > maxLarge;
    for (const [place, { isLarge, giveAway }] of arriving) {
      if (!isTooMuch() && !isTooLarge()) break;
      if (place !== asker && (isTooMuch() || isLarge())) giveAway();
    }
    return !isTooMuch() && !isTooLarge();
  }

  return {
    enter() {
      if (!makeRoom(requestBytes)) return undefined;
      let held = requestBytes;
      taken += held;
      let heldLarge = 0;
      let isLeft = false;
      let listener: (() => void) | undefined;
      const place: Place = {
        grow(bytes) {
          const more = Math.max(0, requestBytes + bytes - held);
          const moreLarge = bytes > largeBytes ? Math.max(0, bytes - heldLarge) : 0;
          if (isLeft || (more > 0 && !makeRoom(more, moreLarge, place))) return false;
          held += more;
          taken += more;
          heldLarge += moreLarge;
          takenByLarge += moreLarge;
          return true;
        },
        onGivenAway: (called) => void (listener = called),
        keep: () => void arriving.delete(place),
        leave() {
          arriving.delete(place);
          taken -= held;
          takenByLarge -= heldLarge;
          held = heldLarge = 0;
          isLeft = true;
        },
      };
      arriving.set(place, {
        isLarge: () => heldLarge > 0,
        giveAway() {
          place.leave();
          listener?.();
        },
      });
      return place;
    },
  };
}
