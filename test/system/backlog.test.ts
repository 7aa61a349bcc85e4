import { expect, test } from 'vitest';
import { residentBytes } from '../chaos/peak-memory.ts';
import { startInstallation } from '../installation/installation.ts';
import { collectable, liveBytes } from '../installation/live-bytes.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

const waiting = 20_000;

// Invariants 13 and 16.
test('20,000 waiting deliveries cost at most 1.0 kB each, grow no process, and all ring', async () => {
  await using installation = await startInstallation({ nodeOptions: collectable });
  const ledger = keepLedger(installation);
  const { url, program } = await installation.startIngress();
  using notifier = createNotifier(url);
  const redis = installation.redis.connect();
  const usedMemory = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);

  const events = Array.from({ length: waiting }, (_, i) => `b${i}`);
  const send = async (from: number, to: number): Promise<void> => {
    let next = from;
    const homeserver = async (): Promise<void> => {
      while (next < to) {
        const i = next++;
        await notifier.postUntilTaken(messageNotify(events[i] ?? '', i % 5_000));
      }
    };
    await Promise.all(Array.from({ length: 64 }, homeserver));
  };

  await send(0, waiting / 2);
  const [memory, live] = [await usedMemory(), await liveBytes(program)];
  await send(waiting / 2, waiting);
  expect(((await usedMemory()) - memory) / (waiting / 2)).toBeLessThan(1_000);
  // A kept delivery would be 1 kB.
  expect((await liveBytes(program)) - live).toBeLessThan((waiting / 2) * 300);

  const worker = await installation.startWorker();
  await ledger.allRing(events.map(eventIdOf));
  expect(ledger.total).toBe(waiting);
  expect(residentBytes(worker.program.pid)).toBeLessThan(400_000_000);
});
