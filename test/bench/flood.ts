import { parseArgs } from 'node:util';
import { createNotifier, messageNotify, type NotifyAnswer } from '../installation/notify.ts';
import { poisson } from './load.ts';
import { startShape } from './shape.ts';

/**
 * What a flood of one app does to the others, which get a push a second each: first alone, then beside one that gets as many as
 * the door takes. Tells how long after its request a push of the quiet apps has reached the provider.
 *
 *   node test/bench/flood.ts [--apps N] [--shards N] [--seconds N] [--open N]
 */
const { values } = parseArgs({
  options: {
    apps: { type: 'string', default: '60' },
    shards: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '20' },
    /** Open requests of the flood. */
    open: { type: 'string', default: '64' },
  },
});
const providerLatencyMs = 50;

await using shape = await startShape({
  apps: Number(values.apps),
  shards: Number(values.shards),
  apnsLatencyMs: providerLatencyMs,
  sections: '',
});
const [flooded, ...quiet] = shape.apps;
const sentAt = new Map<string, number>();
let times: number[] = [];
shape.apns.onLine((line) => {
  const { event_id: eventId = '' } = (line['payload'] ?? {}) as { readonly event_id?: string };
  const from = sentAt.get(eventId);
  if (from === undefined) return;
  sentAt.delete(eventId);
  times.push(performance.now() - from);
});

/** Of the quiet apps; a refused request comes again, and its time counts from the first. */
function postOfQuiet(post: (notify: object) => Promise<NotifyAnswer>) {
  return async (notify: object): Promise<NotifyAnswer> => {
    const { notification } = notify as { readonly notification: { readonly event_id: string } };
    sentAt.set(notification.event_id, performance.now());
    for (;;) {
      const answer = await post(notify);
      if (answer.status === 200) return answer;
    }
  };
}

let events = 0;
async function measure(name: string): Promise<number> {
  using notifier = createNotifier(shape.url);
  const total = quiet.length * Number(values.seconds);
  times = [];
  await poisson(quiet.length)(postOfQuiet(notifier.post), quiet, (events += 1_000_000), total);
  while (sentAt.size > 0) await new Promise((resolve) => setTimeout(resolve, providerLatencyMs));
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  console.log(
    `${name}: ${times.length} pushes of ${quiet.length} quiet apps, p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms`,
  );
  return at(0.99);
}

async function flood(until: AbortSignal): Promise<number> {
  using notifier = createNotifier(shape.url);
  let count = 0;
  const homeserver = async (): Promise<void> => {
    while (!until.aborted) {
      const event = `flood${count++}`;
      await notifier.post(
        messageNotify(event, count % 5_000, { ...(flooded !== undefined && { appId: flooded }) }),
      );
    }
  };
  await Promise.all(Array.from({ length: Number(values.open) }, homeserver));
  return count;
}

await measure('warm-up');
const alone = await measure('alone');
const ending = new AbortController();
const flooding = flood(ending.signal);
const beside = await measure('beside the flood');
ending.abort();
console.log(
  `the flood: ${await flooding} requests; p99 of the quiet apps ${(beside / alone).toFixed(2)} times`,
);
