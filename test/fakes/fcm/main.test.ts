import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { connectTo } from './client.ts';
import type { FakeFcm } from './server.ts';

test('runs as a program: tells where it is, prints what it accepts, obeys its input, ends on SIGTERM', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fake-fcm-main-'));
  await using _cleanup = { [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
  const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--dir', dir, '--print'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await using _program = { [Symbol.asyncDispose]: async () => void program.kill('SIGKILL') };
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));

  const ready = (await nextLine()) as Record<string, string>;
  expect(ready).toMatchObject({ ready: true, project_id: 'example-project' });
  const described = JSON.parse(await readFile(join(dir, 'fcm.json'), 'utf8')) as Record<string, string>;
  expect(ready).toMatchObject(described);
  await using client = await connectTo({
    url: described['url'],
    projectId: described['project_id'],
    caFile: described['caFile'],
    serviceAccountFile: described['service_account_file'],
  } as FakeFcm);
  const { access_token: token } = JSON.parse((await client.exchange()).body) as { access_token: string };

  expect((await client.send(token, { token: 'phone', data: { room_id: '!r' } })).status).toBe(200);
  expect(await nextLine()).toEqual({
    accepted: 1,
    token: 'phone',
    message: { token: 'phone', data: { room_id: '!r' } },
  });

  program.stdin.write('{"token":"phone","answer":{"status":404,"errorCode":"UNREGISTERED"}}\n');
  program.stdin.write('{"goaway":{}}\n');
  await once(client.session, 'goaway'); // the line before it was obeyed, too
  await using again = await connectTo({
    url: described['url'],
    projectId: described['project_id'],
    caFile: described['caFile'],
    serviceAccountFile: described['service_account_file'],
  } as FakeFcm);
  expect((await again.send(token, { token: 'phone' })).status).toBe(404);

  program.kill('SIGTERM');
  expect(await once(program, 'exit')).toEqual([0, null]);
});
