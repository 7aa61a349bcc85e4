/**
 * BullMQ's layout, as far as scripts and code of ours share it, so that its tools show our queues. In one place for TypeScript
 * and Lua; bullmq.test.ts holds it against BullMQ's own code.
 */
export const bull = {
  // Keys of a queue.
  wait: 'wait',
  active: 'active',
  delayed: 'delayed',
  failed: 'failed',
  meta: 'meta',
  // Fields of a job.
  name: 'name',
  data: 'data',
  options: 'opts',
  timestamp: 'timestamp',
  delay: 'delay',
  stalls: 'stc',
  processedOn: 'processedOn',
  finishedOn: 'finishedOn',
  failedReason: 'failedReason',
  // A field of `meta`.
  isPaused: 'paused',
  /** The score of a delayed job is its time in milliseconds times this, and its place among those of one millisecond. */
  scoresPerMs: 0x1000,
} as const;

/** A field of ours on a job: see crash-watch.ts. */
export const strikes = 'crashes';

/** Another: what the provider said when it put the delivery off last. */
const why = 'why';

/** The same for Lua: stands in front of each script. */
export function layoutInLua(): string {
  const fields = Object.entries(bull).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const ours = [strikes, why].map((name) => JSON.stringify(name));
  return `local bull, strikes, why = { ${fields.join(', ')} }, ${ours.join(', ')}`;
}
