import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { scratch } from '../repository/scratch.ts';
import type { FcmStandIn } from './faulty-apps.ts';

const android = 'com.example.app.android';

interface WebPushStandIn {
  readonly vapid_private_key: string;
  readonly caFile: string;
  readonly subscriptionsFile: string;
  readonly allowed_endpoints: readonly string[];
}

async function setup() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await scratch());
  const standIn = (name: string) =>
    stack.use(startProgram(`test/fakes/${name}/main.ts`, ['--print', '--dir', join(folder.path, name)]));
  const [fcm, web] = [standIn('fcm'), standIn('webpush')];
  const isReady = (line: Readonly<Record<string, unknown>>) => line['ready'] === true;
  const google = await fcm.lineOf<FcmStandIn>(isReady);
  const service = await web.lineOf<WebPushStandIn>(isReady);
  const section = `vapid_private_key: ${service.vapid_private_key}, vapid_contact: "mailto:ops@example.com", ca_file: ${service.caFile}, allowed_endpoints: ${JSON.stringify(service.allowed_endpoints)}, allow_private_endpoints: ["127.0.0.0/8", "::1/128"]`;
  const installation = stack.use(
    await startInstallation({
      print: false,
      moreApps: () =>
        `  ${android}: {type: fcm, endpoint: ${google.url}, ca_file: ${google.caFile}, service_account_file: ${google.service_account_file}, unifiedpush: {${section}}}\n`,
    }),
  );
  const [door] = await Promise.all([installation.startIngress(), installation.startWorker()]);
  const notifier = stack.use(createNotifier(door.url));
  const [, unifiedPush] = JSON.parse(await readFile(service.subscriptionsFile, 'utf8')) as {
    pushkey: string;
  }[];
  return {
    fcm,
    web,
    door,
    notifier,
    endpoint: unifiedPush?.pushkey ?? '',
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('a client with one app_id is reached by FCM and by UnifiedPush, as each phone registered', async () => {
  await using s = await setup();
  const event_id = eventIdOf('one-app-id');
  const [byFcm, byUnifiedPush] = [
    s.fcm.nextLine((line) => 'accepted' in line),
    s.web.nextLine((line) => 'payload' in line),
  ];
  const answer = await s.notifier.post({
    notification: {
      event_id,
      room_id: '!room:example.org',
      type: 'm.room.message',
      'org.example.unknown': 'kept', // for UnifiedPush the notification is whole
      devices: ['a-token-of-fcm', s.endpoint].map((pushkey) => ({ app_id: android, pushkey })),
    },
  });
  expect(answer).toMatchObject({ rejected: [] });
  expect(JSON.stringify(await byFcm)).toContain(event_id);
  expect(JSON.stringify(await byUnifiedPush)).toContain('org.example.unknown');
  const discovery = await fetch(`${s.door.url}/_matrix/push/v1/notify`);
  expect(await discovery.json()).toEqual({ unifiedpush: { gateway: 'matrix' } });
});
