/**
 * Tells from one worker's sends of an app whether its provider is in trouble for everyone: then holding the
 * app costs less than sending what will fail, and spares a provider that is coming back.
 */
export interface AppBreaker {
  /** Notes one answer; `trouble` is one of scope `provider`. True when that makes it trouble for everyone. */
  note(trouble: boolean, now: number): boolean;
  /** Forgets what was seen: the app is held, or has just been released. */
  reset(): void;
}

/** Long enough for some answers of a slow provider, short enough to notice within seconds. */
const windowSeconds = 10;
/** Fewer are too few to judge by; each of them comes again by itself. */
const leastSends = 20;
/** A provider that takes more than half is better used than held. */
const share = 0.5;

interface Second {
  at: number;
  sends: number;
  troubles: number;
}

export function createAppBreaker(): AppBreaker {
  const seconds: Second[] = Array.from({ length: windowSeconds }, () => ({ at: 0, sends: 0, troubles: 0 }));

  /** The slot of the second, emptied if it still counts an earlier one. */
  function slotOf(at: number): Second {
    const slot = seconds[at % windowSeconds] as Second; // one for each remainder
    if (slot.at !== at) Object.assign(slot, { at, sends: 0, troubles: 0 });
    return slot;
  }

  return {
    note(trouble, now) {
      const at = Math.floor(now / 1_000);
      const slot = slotOf(at);
      slot.sends += 1;
      if (!trouble) return false;
      slot.troubles += 1;
      let sends = 0;
      let troubles = 0;
      for (const one of seconds) {
        if (one.at <= at - windowSeconds) continue;
        sends += one.sends;
        troubles += one.troubles;
      }
      return sends >= leastSends && troubles >= sends * share;
    },
    reset() {
      for (const slot of seconds) slot.at = 0;
    },
  };
}
