/**
 * What is open after a test file and was not before, as `process.getActiveResourcesInfo` names it, with the
 * number of each: `TCPServerWrap`, `Timeout ×2`. Only things that keep the process alive are in its lists.
 */
export function leakedHandles(before: readonly string[], after: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of after) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const name of before) counts.set(name, (counts.get(name) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => (count === 1 ? name : `${name} ×${count}`));
}
