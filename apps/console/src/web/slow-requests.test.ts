import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startTestConsole } from '../console.testing.ts';

// Invariant 13. Each of the connections that it takes could be one of these.
test('a request that does not end is given up after ten seconds', async () => {
  await using console = await startTestConsole();
  const slow = connect(Number(new URL(console.url).port), '127.0.0.1');
  const startedAt = performance.now();
  slow.write('POST /push HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n');
  const answer = await textOf(slow);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - startedAt).toBeLessThan(25_000);
});
