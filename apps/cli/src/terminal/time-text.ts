const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A length of time for eyes, in its two largest units: `850ms`, `4.2s`, `12s`, `4m 10s`, `1d 3h`. */
export function timeText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole}ms`;
  if (whole < 10_000) return `${Math.round(whole / 100) / 10}s`;
  let rest = Math.round(whole / 1_000) * 1_000;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break; // `1d 5s` would be more exact than anybody asked for
    rest -= count * length;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
