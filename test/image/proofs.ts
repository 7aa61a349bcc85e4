import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageNotify } from '../installation/notify.ts';
import { fcmApp, type Composed } from './compose-folder.ts';
import { imageName, type Engine } from './engine.ts';

type Say = (text: string) => void;

const senders = ['worker-apns', 'worker-fcm'] as const;
const carillons = ['ingress', ...senders] as const;
/** What docker-compose.yml gives a container to stop, in seconds. */
const stopGraceS = 30;
const patienceMs = 60_000;
const pushkey = 'made-up-registration-token';

/** What it holds, and what it says of itself. */
export async function proveImage(engine: Engine, say: Say): Promise<void> {
  const [{ Config: config }] = JSON.parse(await engine.run('image', 'inspect', imageName)) as [Inspected];
  const { version } = JSON.parse(await readFile(`${import.meta.dirname}/../../package.json`, 'utf8')) as {
    version: string;
  };
  assert.equal(config.User, '1000:1000');
  assert.equal(config.Labels['org.opencontainers.image.version'], version);
  assert.equal(config.Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
  assert.ok(config.Labels['org.opencontainers.image.revision'], 'the label of the revision is empty');

  const inside = (...command: readonly string[]) =>
    engine.run('run', '--rm', '--entrypoint', command[0] ?? '', imageName, ...command.slice(1));
  const files = (await inside('find', '/app', '/usr/local', '/usr/bin', '-not', '-type', 'd')).split('\n');
  const needless = files.filter((file) =>
    /\.test(ing)?\.ts$|\/(npm|npx|yarn|corepack|apt-get|dpkg)$|typescript\/lib|vitest/.test(file),
  );
  assert.deepEqual(needless, [], 'the image holds what does not run');

  const bill = JSON.parse(await inside('cat', '/app/sbom.cdx.json')) as Bill;
  const names = new Set(bill.components.map(({ name }) => name));
  assert.equal(bill.bomFormat, 'CycloneDX');
  // Where the system is a stand-in, its packages are unpacked and not installed.
  const expected = ['fastify', 'ioredis', 'node', ...(engine.standIns ? [] : ['libc6'])];
  for (const name of expected) assert.ok(names.has(name), `the bill of materials lacks ${name}`);
  assert.ok(!names.has('vitest'), 'the bill of materials names what is not there');

  const helped = await inside('carillon', '--version');
  assert.ok(helped.includes(version), `carillon --version says ${helped}`);
  const checked = await engine.attempt('run', '--rm', imageName, 'check');
  assert.equal(checked.code, 78, `check without a configuration says:\n${checked.output}`);
  assert.match(checked.output, /\/etc\/carillon\/carillon\.yaml/);
  say(
    `the image: user 1000, ${files.length} files, ${names.size} packages in its bill of materials, \`check\` answers`,
  );
}

/** Unprivileged, without capabilities, nothing to write to. */
export async function proveRights(compose: Composed, say: Say): Promise<void> {
  for (const service of carillons) {
    await compose.logged(service, service === 'ingress' ? 'ingress listens' : 'worker takes deliveries');
    const status = await compose.exec(service, 'cat', '/proc/1/status');
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
    assert.deepEqual([service, field('Uid'), field('NoNewPrivs')], [service, '1000', '1']);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
      assert.equal(Number(`0x${field(set)}`), 0, `${service} has capabilities`);
    const written = await compose.engine.attempt(
      'exec',
      await compose.container(service),
      'sh',
      '-c',
      'echo x >/app/x',
    );
    assert.match(written.output, /[Rr]ead-only file system/);
    await compose.exec(service, ...healthCheck);
  }
  say('rights: no capability, no new privileges, a read-only file system; the health checks are good');
}

/** As in the Dockerfile; podman runs none by itself where there is no systemd. */
const healthCheck = [
  'node',
  '/app/deploy/healthcheck.ts',
  'http://127.0.0.1:9401/health',
  'http://127.0.0.1:9402/health',
];

/** From the front door to the provider, before and after a worker was restarted; and Prometheus sees it. */
export async function provePushes(compose: Composed, say: Say): Promise<void> {
  await ring(compose, 'first');
  say('a notify through the published port rang at the stand-in for FCM');

  const worker = await compose.container('worker-fcm');
  const seconds = await stopped(compose.engine, worker);
  const waiting = ring(compose, 'second');
  await compose.engine.run('start', worker);
  await waiting;
  say(
    `worker-fcm stopped in ${seconds.toFixed(1)} s with exit code 0; what came meanwhile rang after its start`,
  );

  const asked = ['exec', await compose.container('worker-fcm'), 'carillon', 'check', '--json'];
  const { findings } = JSON.parse((await compose.engine.attempt(...asked)).stdout) as Checked;
  const bad = findings.filter(
    ({ status, subject, check }) => status === 'bad' && check !== 'reach' && !subject?.includes('ios'),
  );
  assert.deepEqual(bad, [], '`carillon check` in a container finds something wrong');
  assert.ok(
    findings.some(
      ({ check, status, subject }) => check === 'dry_run' && status === 'good' && subject?.includes(fcmApp),
    ),
  );

  await eventually(
    'Prometheus counts both pushes',
    async () => (await query(compose, `sum(carillon_sends_total{app="${fcmApp}",outcome="delivered"})`)) >= 1,
  );
  await eventually(
    'Prometheus scrapes all three',
    async () => (await query(compose, 'count(up{job=~"carillon-.*"} == 1)')) === carillons.length,
  );
  const rules = (await (await fetch(`${compose.prometheusUrl}/api/v1/rules`)).json()) as Rules;
  assert.ok(rules.data.groups.length > 0, 'Prometheus has read no alerts');
  say('Prometheus finds all processes and has the alerts');
}

/** A file that replaces the configuration is seen, since its directory is bound. */
export async function proveReload(compose: Composed, say: Say): Promise<void> {
  const text = await readFile(compose.configFile, 'utf8');
  await writeFile(
    `${compose.configFile}.new`,
    `${text}\n  com.example.app.second:\n    type: fcm\n    service_account_file: /run/secrets/fcm/service-account.json\n    endpoint: http://provider:8081\n`,
  );
  await rename(`${compose.configFile}.new`, compose.configFile);
  for (const service of ['worker-fcm', 'ingress'] as const) {
    await compose.engine.run('kill', '--signal', 'HUP', await compose.container(service));
    assert.match(await compose.logged(service, 'configuration read again'), /com\.example\.app\.second/);
  }
  await ring(compose, 'third', 'com.example.app.second');
  say('a configuration that was replaced is read on SIGHUP');
}

/** Within the grace, with exit code 0. */
export async function proveStop(compose: Composed, say: Say): Promise<void> {
  const seconds = await Promise.all(
    carillons.map(async (service) => stopped(compose.engine, await compose.container(service))),
  );
  say(`all stopped within ${Math.max(...seconds).toFixed(1)} s, with exit code 0`);
}

async function stopped(engine: Engine, container: string): Promise<number> {
  const startedAt = performance.now();
  await engine.run('stop', '--time', String(stopGraceS), container);
  const seconds = (performance.now() - startedAt) / 1_000;
  const code = (await engine.run('inspect', '--format', '{{.State.ExitCode}}', container)).trim();
  assert.equal(code, '0', `${container} ended with ${code}`);
  assert.ok(seconds < stopGraceS, `${container} took ${seconds} s to stop`);
  return seconds;
}

async function ring(compose: Composed, event: string, appId = fcmApp): Promise<void> {
  const notify = messageNotify(event, 1, { appId, pushkey, eventId: `$${event}` });
  const answer = await fetch(`${compose.ingressUrl}/_matrix/push/v1/notify`, {
    method: 'POST',
    body: JSON.stringify(notify),
  });
  assert.deepEqual([answer.status, await answer.json()], [200, { rejected: [] }]);
  await compose.logged('provider', `"event_id":"$${event}"`);
}

async function query(compose: Composed, expression: string): Promise<number> {
  const answer = await fetch(
    `${compose.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`,
  );
  const { data } = (await answer.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return Number(data.result[0]?.value[1] ?? 0);
}

async function eventually(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await isTrue().catch(() => false))) {
    assert.ok(performance.now() < until, `not true after ${patienceMs / 1_000} s: ${what}`);
    await delay(500);
  }
}

interface Inspected {
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
}

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly { readonly name: string }[];
}

interface Checked {
  readonly findings: readonly {
    readonly check: string;
    readonly status: string;
    readonly subject?: string;
  }[];
}

interface Rules {
  readonly data: { readonly groups: readonly object[] };
}
