/** Says how far a long work is: at once for the last, and every so often before. */
export function createProgress(
  output: { write(text: string): unknown },
  say: (done: number) => string,
  everyMs = 2_000,
): (done: number) => void {
  let toldAt = performance.now();
  return (done) => {
    if (performance.now() - toldAt < everyMs) return;
    toldAt = performance.now();
    output.write(`${say(done)}\n`);
  };
}
