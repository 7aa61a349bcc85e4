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
