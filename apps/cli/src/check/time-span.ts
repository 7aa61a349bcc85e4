const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** Milliseconds as a person says them, in at most two units: `850 ms`, `12 s`, `10 min 3 s`, `42 d`. */
export function timeSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  for (const [index, [unit, size]] of units.entries()) {
    if (ms < size) continue;
    const [smaller, smallerSize] = units[index + 1] ?? (['s', 1_000] as const);
    const rest = Math.floor((ms % size) / smallerSize);
    const count = Math.floor(ms / size);
    // Of many days nobody wants to know the hours.
    return rest === 0 || (unit === 'd' && count > 2)
      ? `${count} ${unit}`
      : `${count} ${unit} ${rest} ${smaller}`;
  }
  return `${Math.floor(ms / 1_000)} s`;
}
