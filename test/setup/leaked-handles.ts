import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { leakedHandles } from './leaked-handles-report.ts';
import { descendantsOf, endAll, liveProcesses } from './processes.ts';

/**
 * Fails a test file that leaves something open: a server, a socket, a child process, a running timer. Vitest
 * runs this before each test file, and the hook, registered first, after all others.
 */
// Timers of Vitest's own come and go at this moment; the lasting ones do not count as open.
const before = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');

/** What was just closed may take a round trip to be gone. */
const patienceMs = 10_000;

afterAll(async () => {
  const deadline = performance.now() + patienceMs;
  let leaks = leakedHandles(before, process.getActiveResourcesInfo());
  while (leaks.length > 0 && performance.now() < deadline) {
    await delay(20, undefined, { ref: false });
    leaks = leakedHandles(before, process.getActiveResourcesInfo());
  }
  if (leaks.length === 0) return;
  // A child that holds our output open would keep Vitest waiting for ever.
  const children = endAll(descendantsOf(process.pid, liveProcesses()));
  throw new Error(
    `This test file leaves open: ${leaks.join(', ')}${children && `\nprocesses (ended now):\n${children}`}`,
  );
}, 3 * patienceMs);
