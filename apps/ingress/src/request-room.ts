/**
 * The memory that requests under way may take together, so that the process stays small whatever arrives, and however
 * slowly (invariant 13). A request is under way while its body is arriving or its answer is waited for.
 *
 * Where there is no room, bodies that are still arriving go, the one that has taken longest first: honest ones are there
 * within milliseconds, and one who sends slowly must not keep them out (invariant 14).
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

export function createRequestRoom(maxBytes: number): RequestRoom {
  let taken = 0;
  /** In the order in which they began. */
  const arriving = new Map<Place, () => void>();

  function makeRoom(bytes: number, asker?: Place): boolean {
    for (const [place, giveAway] of arriving) {
      if (taken + bytes <= maxBytes) break;
      if (place !== asker) giveAway();
    }
    return taken + bytes <= maxBytes;
  }

  return {
    enter() {
      if (!makeRoom(requestBytes)) return undefined;
      let held = requestBytes;
      taken += held;
      let isLeft = false;
      let listener: (() => void) | undefined;
      const place: Place = {
        grow(bytes) {
          const more = requestBytes + bytes - held;
          if (isLeft || (more > 0 && !makeRoom(more, place))) return false;
          held += Math.max(0, more);
          taken += Math.max(0, more);
          return true;
        },
        onGivenAway: (called) => void (listener = called),
        keep: () => void arriving.delete(place),
        leave() {
          arriving.delete(place);
          taken -= held;
          held = 0;
          isLeft = true;
        },
      };
      arriving.set(place, () => {
        place.leave();
        listener?.();
      });
      return place;
    },
  };
}
