const two = (number: number): string => String(number).padStart(2, '0');

/** Local date and time to the millisecond: `2026-11-21 14:20:28.123`. */
export function momentText(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${clockText(at)}`;
}

/** The same without the date. */
export function clockText(at: number): string {
  const date = new Date(at);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** A time that has passed: `61 ms`, `4.2 s`, `3 min 5 s`, `7 h 12 min`. */
export function passedText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (ms < 10_000) return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
