/**
 * Loaded before a program of ours (`collectable` in live-bytes.ts): on SIGUSR2 it throws away its garbage and prints what it still
 * holds, on V8's heap and beside it, as a line of JSON.
 */
process.on('SIGUSR2', () => {
  if (gc === undefined) throw new Error('this needs --expose-gc');
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ liveBytes: heapUsed + external })}\n`);
});
