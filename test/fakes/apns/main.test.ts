import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { goodToken, signToken } from './client.ts';

const program = join(import.meta.dirname, 'main.ts');

test('as a program: writes its settings, prints what it accepts, takes control lines, ends on SIGTERM', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'carillon-apns-'));
  const bell = createServer((request, response) => void request.resume().on('end', () => response.end()));
  bell.listen(0, '127.0.0.1');
  await once(bell, 'listening');
  const ringUrl = `http://127.0.0.1:${(bell.address() as AddressInfo).port}/`;
  const child = spawn(process.execPath, [program, '--dir', dir, '--print', '--ring-url', ringUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));

  expect(await nextLine()).toMatchObject({ ready: true });
  const settings = JSON.parse(readFileSync(join(dir, 'apns.json'), 'utf8')) as Record<string, string>;
  const {
    url = '',
    key_id: keyId = '',
    team_id: teamId = '',
    caFile = '',
    keyfile = '',
    topic = '',
  } = settings;
  const publicKey = createPublicKey(readFileSync(keyfile));
  const session = connect(url, { ca: readFileSync(caFile) });
  const send = async () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/3/device/${goodToken}`,
      authorization: `bearer ${token}`,
      'apns-topic': topic,
      'apns-push-type': 'alert',
    });
    stream.end('{"aps":{"badge":1}}');
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    return headers[':status'];
  };
  const token = signToken({ keyfile, keyId, teamId, publicKey });

  const rung = once(bell, 'request');
  expect(await send()).toBe(200);
  expect(await nextLine()).toMatchObject({
    token: goodToken,
    push_type: 'alert',
    payload: { aps: { badge: 1 } },
  });
  await rung;

  child.stdin.write(
    `${JSON.stringify({ token: goodToken, answer: { status: 410, reason: 'Unregistered' } })}\n`,
  );
  expect(await nextLine()).toEqual({ scripted: goodToken });
  expect(await send()).toBe(410);

  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  session.destroy();
  bell.closeAllConnections();
  bell.close();
  rmSync(dir, { recursive: true });
});
