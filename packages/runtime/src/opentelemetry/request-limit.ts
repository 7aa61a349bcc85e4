/** Grants so many a second, with a burst of as many. */
export interface RequestLimit {
  take(): boolean;
}

/** `now` in milliseconds. */
export function createRequestLimit(
  aSecond: number,
  now: () => number = () => performance.now(),
): RequestLimit {
  let left = aSecond;
  let at = now();
  return {
    take() {
      const time = now();
      left = Math.min(aSecond, left + ((time - at) / 1_000) * aSecond);
      at = time;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
