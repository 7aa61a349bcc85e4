/** Figures for eyes. */

export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return '–';
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

export function secondsText(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

export function countText(count: number): string {
  return count.toLocaleString('en');
}

export function shareText(share: number | undefined): string {
  if (share === undefined) return '–';
  const percent = Math.round(share * 100);
  // A few are not none, and most are not all.
  if (percent === 0 && share > 0) return '< 1 %';
  return percent === 100 && share < 1 ? '> 99 %' : `${percent} %`;
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}
