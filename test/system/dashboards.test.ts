import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../fakes/certificates.ts';
import { appleCertificate } from '../fakes/apns/server.ts';
import {
  iosApp,
  iosPushkey,
  iosToken,
  startInstallation,
  type ApnsStandIn,
} from '../installation/installation.ts';
import { createNotifier, eventIdOf } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';
import { startPrometheus, type RunningPrometheus } from '../installation/prometheus.ts';
import { readRepositoryFile, root } from '../repository/root.ts';
import { run } from '../repository/run.ts';
import { scratch } from '../repository/scratch.ts';

const androidApp = 'com.example.app.android';
const troubledApp = 'com.example.app.provider-down';
const misconfiguredApp = 'com.example.app.wrong-key';
const certificateApp = 'com.example.app.certificate';

interface Push {
  readonly event: string;
  readonly app?: string;
  readonly pushkey?: string;
  readonly phone?: number;
  readonly type?: string;
  readonly prio?: 'high' | 'low';
}

/** A notify of one event for one device, of any kind. */
function push({
  event,
  app = iosApp,
  phone = 1,
  pushkey = iosPushkey(phone),
  type,
  prio = 'high',
}: Push): object {
  const id = eventIdOf(event);
  return {
    notification: {
      content: { body: 'Are you coming for lunch?', msgtype: 'm.text' },
      counts: { unread: 1 },
      devices: [{ app_id: app, pushkey, pushkey_ts: 1_795_249_875, data: {} }],
      event_id: id,
      id,
      prio,
      room_id: '!room:example.org',
      sender: '@alice:example.org',
      type: type ?? 'm.room.message',
    },
  };
}

/** Scripted phones, each with its own trouble; all others are well. */
const trouble = {
  dead: 100,
  suspect: 101,
  later: 102,
  unknown: 103,
  cut: 104,
  wrongKey: 200,
} as const;
const answers: Readonly<Record<keyof typeof trouble, object>> = {
  dead: { status: 410, reason: 'Unregistered' },
  suspect: { status: 400, reason: 'BadDeviceToken' },
  later: { status: 503, reason: 'ServiceUnavailable' },
  unknown: { status: 418, reason: 'Teapot' },
  cut: { disconnect: true },
  wrongKey: { status: 403, reason: 'InvalidProviderToken' },
};

/** Every kind of app, and a certificate in `folder` for one of them. */
function moreApps(apns: ApnsStandIn, folder: string, fcm: FcmReady): string {
  const standIn = `endpoint: ${apns.url}, ca_file: ${apns.caFile}, topic: ${apns.topic}, platform: production`;
  const ofFcm = `service_account_file: ${fcm.service_account_file}, endpoint: ${fcm.url}, ca_file: ${fcm.caFile}`;
  return `  ${misconfiguredApp}: {type: apns, keyfile: ${apns.keyfile}, key_id: ${apns.key_id}, team_id: ${apns.team_id}, ${standIn}}
  ${certificateApp}: {type: apns, certfile: ${folder}/certificate.pem, ${standIn}}
  ${androidApp}: {type: fcm, ${ofFcm}}
  ${troubledApp}: {type: fcm, ${ofFcm}}
`;
}

interface FcmReady {
  readonly url: string;
  readonly service_account_file: string;
  readonly caFile: string;
}

/**
 * An installation in which everything happens that the dashboards show: traffic in every lane and through two
 * providers, dead and suspect pushkeys, trouble of all kinds, deliveries that wait until they are too late, and an app
 * whose key is wrong, and one whose provider is down.
 */
async function setup() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await scratch());
  using authority = createCertificateAuthority();
  const { certificate, key } = authority.issue(appleCertificate('com.example.app'));
  await folder.write('certificate.pem', `${certificate}${key}`);
  const fcm = stack.use(startProgram('test/fakes/fcm/main.ts', ['--dir', join(folder.path, 'fcm')]));
  const fcmReady = await fcm.lineOf<FcmReady>((line) => line['ready'] === true);
  const installation = stack.use(
    await startInstallation({
      print: false,
      redis: { args: ['--maxmemory', '256mb'] },
      appKeys: ['max_age: 4s'],
      moreApps: (apns) => moreApps(apns, folder.path, fcmReady),
    }),
  );
  for (const [name, phone] of Object.entries(trouble)) {
    await installation.script(iosToken(phone), answers[name as keyof typeof trouble]);
  }
  for (let n = 0; n < 20; n += 1) fcm.write({ token: `away-${n}`, answer: { status: 503 } });
  return { installation, folder, stack, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Traffic as on any day, until the signal; a round is a push in each lane and for each kind of trouble. */
async function keepTraffic(url: string, signal: AbortSignal): Promise<void> {
  using notifier = createNotifier(url);
  for (let round = 0; !signal.aborted; round += 1) {
    const troubled = Object.entries(trouble).map(([name, phone]) =>
      push({ event: `${name}-${round}`, phone, app: name === 'wrongKey' ? misconfiguredApp : iosApp }),
    );
    const all = [
      push({ event: `high-${round}` }),
      push({ event: `high-${round}` }), // a retry: a duplicate
      push({ event: `low-${round}`, prio: 'low' }),
      push({ event: `call-${round}`, type: 'm.call.invite' }),
      push({ event: `android-${round}`, app: androidApp, pushkey: `android:${round % 10}` }),
      push({ event: `away-${round}`, app: troubledApp, pushkey: `away-${round % 20}` }),
      push({ event: `unknown-${round}`, app: 'org.example.unknown' }),
      ...troubled,
    ];
    for (const one of all) await notifier.post(one);
    await delay(50, undefined, { signal }).catch(() => undefined); // the next round, unless it was the last
  }
}

const dashboards = globSync('deploy/grafana/dashboards/*.json', { cwd: root });

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly type: string; readonly query: string }[] };
}

/** Every query of every dashboard, as Grafana would ask it: variables filled in, and those that fill them. */
function queries(): readonly { readonly where: string; readonly expr: string }[] {
  return dashboards.flatMap((path) => {
    const { panels, templating } = JSON.parse(readRepositoryFile(path)) as Dashboard;
    const ofPanels = panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        where: `${path}: ${title}`,
        expr: expr
          .replaceAll('$__rate_interval', '10s')
          .replaceAll('$__range', '1m')
          .replaceAll('$app', iosApp),
      })),
    );
    const ofVariables = templating.list
      .filter(({ type }) => type === 'query')
      .map(({ query }) => {
        const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
        return { where: `${path}: variables`, expr: `count by (${label}) (${metric})` };
      });
    return [...ofPanels, ...ofVariables];
  });
}

/** Those that have no number to show. A query that Prometheus cannot read fails at once. */
async function withoutAnswer(prometheus: RunningPrometheus, asked: ReturnType<typeof queries>) {
  const results = await Promise.all(
    asked.map(async (one) => ({
      ...one,
      shows: (await prometheus.query(one.expr)).some(({ value }) => Number.isFinite(value)),
    })),
  );
  return results.filter(({ shows }) => !shows).map(({ where, expr }) => `${where}: ${expr}`);
}

test('every query of every dashboard has something to show', async () => {
  await using s = await setup();
  const door = await s.installation.startIngress();
  const page = async (url: string) => (await fetch(`${url}/metrics`)).text();
  using notifier = createNotifier(door.url);
  // As a homeserver would: again, until the ingress has its connection to Redis.
  await notifier.postUntilTaken(push({ event: 'early' }));
  // Without a worker, it is the ingress that tells.
  await expect
    .poll(() => page(door.opsUrl))
    .toMatch(/^carillon_queue_waiting\{app="com\.example\.app\.ios",lane="high"\} 1$/m);
  const worker = await s.installation.startWorker();
  await using prometheus = await startPrometheus({
    targets: { 'carillon-ingress': [door.opsUrl], 'carillon-worker': [worker.opsUrl] },
  });

  const over = new AbortController();
  const traffic = keepTraffic(door.url, over.signal);
  try {
    const asked = queries();
    expect(asked.length).toBeGreaterThan(50);
    await expect.poll(() => withoutAnswer(prometheus, asked), { interval: 1_000 }).toEqual([]);
  } finally {
    over.abort();
    await traffic;
  }

  for (const { opsUrl } of [door, worker]) {
    const file = join(s.folder.path, 'page.txt');
    await writeFile(file, await page(opsUrl));
    const checked = await run('sh', ['-c', `promtool check metrics <"${file}"`], { env: process.env });
    expect(checked).toEqual({ code: 0, stdout: '', stderr: '' });
  }
});
