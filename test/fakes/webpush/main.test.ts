import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createTestClient } from './client.ts';
import type { FakeWebPush } from './server.ts';

test('as a program: writes its files, prints what it accepts, takes control lines, ends on SIGTERM', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'carillon-webpush-'));
  using _dir = { [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
  const program = spawn(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), '--dir', dir, '--subscriptions', '2', '--print'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  using _program = { [Symbol.dispose]: () => void program.kill('SIGKILL') };
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));

  expect(await nextLine()).toMatchObject({ ready: true });
  const settings = JSON.parse(readFileSync(join(dir, 'webpush.json'), 'utf8')) as Record<string, string>;
  const { url: origin = '', caFile = '', subscriptionsFile = '', vapid_private_key: key = '' } = settings;
  expect(readFileSync(key, 'utf8')).toContain('PRIVATE KEY');
  const subscriptions = JSON.parse(readFileSync(subscriptionsFile, 'utf8')) as { pushkey: string }[];
  expect(subscriptions).toHaveLength(3);
  const path = new URL(subscriptions[2]?.pushkey ?? '').pathname;
  const client = createTestClient({
    origin,
    port: Number(new URL(origin).port),
    certificate: readFileSync(caFile, 'utf8'),
  } as FakeWebPush);

  const unsigned = { authorization: undefined };
  const body = Buffer.from('{"notification":{"event_id":"$e"}}');
  expect((await client.post(path, unsigned, body)).status).toBe(201);
  expect(await nextLine()).toMatchObject({ path, payload: { notification: { event_id: '$e' } } });

  program.stdin.write(`${JSON.stringify({ path, answer: { status: 410 } })}\n`);
  expect(await nextLine()).toEqual({ scripted: path });
  expect((await client.post(path, unsigned, body)).status).toBe(410);

  program.kill('SIGTERM');
  expect(await once(program, 'exit')).toEqual([0, null]);
});
