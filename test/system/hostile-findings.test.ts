import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { head, talk } from '../installation/raw-http.ts';

/* Defects that a hostile tester once found, so that they stay mended. */

const testPush = '$THIS_IS_A_FAKE_EVENT_ID';

test('a test push whose pushkey is only a suspect rejects nothing (invariant 7)', async () => {
  await using installation = await startInstallation();
  const { url } = await installation.startIngress();
  await installation.startWorker();
  using notifier = createNotifier(url);
  await installation.script(iosToken(1), { status: 400, reason: 'BadDeviceToken' });
  const answer = await notifier.post(messageNotify('test', 1, { eventId: testPush }));
  expect(answer.rejected).toEqual([]);
});

test('a test push of a registration younger than its death rejects nothing (invariant 5)', async () => {
  await using installation = await startInstallation();
  const { url } = await installation.startIngress();
  await installation.startWorker();
  using notifier = createNotifier(url);
  const pushkeyTs = 1_795_249_875;
  const timestamp = (pushkeyTs - 60) * 1_000;
  await installation.script(iosToken(1), { status: 410, reason: 'Unregistered', timestamp });
  const answer = await notifier.post(messageNotify('test', 1, { eventId: testPush, pushkeyTs }));
  expect(answer.rejected).toEqual([]);
});

test.each([
  [
    'an expectation that nobody knows',
    head('GET /health HTTP/1.1', ['Host: a', 'Expect: a-banana', 'Connection: close']),
  ],
  ['a request without a host', head('GET /health HTTP/1.1', [])],
  ['CONNECT', head('CONNECT a:1 HTTP/1.1', ['Host: a:1'])],
])('%s is answered with a Matrix error', async (_name, bytes) => {
  await using installation = await startInstallation({ print: false });
  const { url } = await installation.startIngress();
  const [answer] = await talk(url, bytes);
  expect(JSON.parse(answer?.body ?? '')).toHaveProperty('errcode');
});

test('a homeserver that hangs up in the middle of a body is no fault of ours', async () => {
  await using installation = await startInstallation({ print: false });
  const { url, program } = await installation.startIngress();
  const { hostname, port } = new URL(url);

  const socket = connect(Number(port), hostname);
  socket.write(
    `${head('POST /_matrix/push/v1/notify HTTP/1.1', ['Host: a', 'Content-Length: 99', 'Expect: 100-continue'])}{`,
  );
  await new Promise((resolve) => socket.once('data', resolve)); // 100: the handler reads
  socket.resetAndDestroy();
  program.kill('SIGTERM');
  await program.ended;
  expect(program.lines.join('\n')).not.toContain('fault of ours');
});

test('`carillon check` finds that Redis is missing', async () => {
  await using installation = await startInstallation({ print: false });
  await installation.redis.stop();
  await using check = startProgram('apps/cli/src/main.ts', ['check', '--config', installation.configPath]);
  expect(await check.ended).not.toBe(0);
});
