import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { queueName, type RedisClient } from '@carillon/queue';
import { expect, test } from 'vitest';
import { alertGroups } from '../../deploy/alerts/rules-file.ts';
import { createCertificateAuthority } from '../fakes/certificates.ts';
import { iosApp, startInstallation, type Door, type Worker } from '../installation/installation.ts';
import { createNotifier } from '../installation/notify.ts';
import { startProgram, type Program } from '../installation/process.ts';
import { startPrometheus, type Alert, type RunningPrometheus } from '../installation/prometheus.ts';
import { readRepositoryFile } from '../repository/root.ts';
import { scratch } from '../repository/scratch.ts';
import {
  endingCertificates,
  faulty,
  faultyApps,
  floodRound,
  healthyRound,
  keepRounds,
  ownKeyFile,
  scriptTroubles,
  troubledRound,
  type FcmStandIn,
} from './faulty-apps.ts';
import { spedUp } from './sped-up-rules.ts';

const everyHalfSecond = { interval: 500 };

async function setup() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await scratch());
  await folder.write('rules.yml', spedUp(readRepositoryFile('deploy/alerts/carillon.rules.yml')));
  const rules = join(folder.path, 'rules.yml');
  return { stack, folder, rules, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const targetsOf = (door: Door, worker: Worker) => ({
  'carillon-ingress': [door.opsUrl],
  'carillon-worker': [worker.opsUrl],
});

/** Resolves when Prometheus has scraped both processes. */
async function scraped(prometheus: RunningPrometheus): Promise<void> {
  await expect.poll(() => prometheus.query('count(up == 1)'), everyHalfSecond).toMatchObject([{ value: 2 }]);
}

/** Rules that Prometheus cannot evaluate over what the processes say, such as two series where one may be. */
async function unhealthy({ url }: RunningPrometheus): Promise<readonly Rule[]> {
  const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as RulesAnswer;
  const rules = data.groups.flatMap((group) => group.rules);
  expect(rules).toHaveLength(alertGroups.flatMap(({ alerts }) => alerts).length);
  return rules.filter(({ health }) => health !== 'ok');
}

interface RulesAnswer {
  readonly data: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
}

interface Rule {
  readonly name: string;
  readonly health: string;
}

/** Everything that has fired so far, with its words; to be asked twice a second. */
function createWatch() {
  const fired = new Map<string, Alert>();
  return {
    fired,
    async look(prometheus: RunningPrometheus): Promise<void> {
      for (const alert of await prometheus.alerts())
        if (alert.state === 'firing') fired.set(JSON.stringify(alert.labels), alert);
    },
    /** Those of the list that have not. */
    missing: (expected: readonly Expected[]) =>
      expected.filter((one) => ![...fired.values()].some((alert) => isThat(alert, one))),
  };
}

interface Expected {
  readonly name: string;
  readonly severity: 'page' | 'ticket';
  readonly labels?: Readonly<Record<string, string>>;
}

function isThat({ labels }: Alert, { name, severity, labels: own = {} }: Expected): boolean {
  const wanted = Object.entries({ ...own, alertname: name, severity });
  return wanted.every(([label, value]) => labels[label] === value);
}

const page = (name: string, labels: Expected['labels'] = {}): Expected => ({
  name,
  severity: 'page',
  labels,
});
const ticket = (name: string, labels: Expected['labels'] = {}): Expected => ({
  name,
  severity: 'ticket',
  labels,
});

/** Of faults that show in the traffic of homeservers, or in what the processes say of themselves. */
const underTraffic = (door: Door): readonly Expected[] => [
  page('CarillonRefusesRequests'),
  ticket('CarillonRefusesRequests'),
  page('CarillonPushesLate'),
  ticket('CarillonPushesLate'),
  page('CarillonAppParked', { app: faulty.wrongKey, reason: 'InvalidProviderToken' }),
  page('CarillonFuseTripped', { app: faulty.wrongTopic }),
  page('CarillonProviderInTrouble', { app: faulty.providerDown, reason: 'UNAVAILABLE' }),
  page('CarillonOldestDeliveryTooOld', { app: faulty.unserved, lane: 'calls' }),
  page('CarillonDeliveriesPutOff', { app: faulty.quotaUsedUp, reason: 'device_quota' }),
  ticket('CarillonClockWrong', { job: 'carillon-worker' }),
  page('CarillonNoWorkers', { app: faulty.unserved, lane: 'high' }),
  page('CarillonBacklogFull', { app: faulty.unserved }),
  ticket('CarillonDeliveriesExpire', { app: faulty.shortLived, lane: 'high' }),
  page('CarillonRejectionsSurge', { app: faulty.uninstalled }),
  ticket('CarillonSuspectsOnly', { app: faulty.fewSuspects }),
  ticket('CarillonProviderThrottles', { app: faulty.quotaUsedUp }),
  ticket('CarillonProviderThrottles', { app: faulty.shortLived }),
  ticket('CarillonSendsFail', { app: faulty.refused, outcome: 'refused', reason: 'PayloadEmpty' }),
  ticket('CarillonProviderSlow', { app: faulty.providerSlow }),
  ticket('CarillonUnknownAnswers', { app: faulty.unknownWords, status: '418' }),
  ticket('CarillonCredentialExpires', { app: faulty.endsThisMonth, credential: 'certfile' }),
  page('CarillonCredentialExpires', { app: faulty.endsTomorrow, credential: 'certfile' }),
  ticket('CarillonDeadLetters', { app: iosApp }),
  ticket('CarillonReloadFailed', { job: 'carillon-ingress', instance: instanceOf(door) }),
  ticket('CarillonReloadFailed', { job: 'carillon-worker', app: faulty.brokenKey }),
  ticket('CarillonUnknownApps'),
];
const ofFlood = [ticket('CarillonAppFloods', { app: iosApp })];
const ofSlowRedis = [ticket('CarillonRedisSlow')];
const ofSilence = [ticket('CarillonNothingArrives')];
const ofProcesses = (door: Door, worker: Worker): readonly Expected[] => [
  page('CarillonProcessDown', { job: 'carillon-worker', instance: instanceOf(worker) }),
  ticket('CarillonEventLoopBusy', { job: 'carillon-ingress', instance: instanceOf(door) }),
  page('CarillonRedisNearlyFull'),
  ticket('CarillonRedisUnsafe', { problem: 'eviction' }),
];
const ofLostRedis = (door: Door) => [
  page('CarillonRedisUnreachable', { job: 'carillon-ingress', instance: instanceOf(door) }),
];
const ofNoTargets = [page('CarillonGone')];

const instanceOf = ({ opsUrl }: Door | Worker): string => new URL(opsUrl).host;

/** What no worker can read, in the queue of the app that is well. */
async function putRubbishOnQueue(redis: RedisClient): Promise<void> {
  const queue = `carillon:${queueName({ app: iosApp, shard: 0, lane: 'high' })}`;
  const shardPrefix = queue.slice(0, queue.indexOf('}') + 1);
  await redis.hset(`${queue}:nonsense`, { name: 'x', data: '{' });
  await redis.lpush(`${queue}:wait`, 'nonsense');
  await redis.sadd(`${shardPrefix}queues`, `${iosApp}/high`);
}

async function failReload({ program }: Door, configPath: string): Promise<void> {
  const good = await readFile(configPath, 'utf8');
  await writeFile(configPath, `${good}  com.example.torn: {type: apns\n`);
  const refused = program.nextLine(({ msg }) => String(msg).startsWith('the configuration cannot be used'));
  program.kill('SIGHUP');
  await refused;
  await writeFile(configPath, good);
}

/** As when Redis is kept from its one thread: it answers nobody for a while, four times a second. */
async function slowDown(redis: RedisClient): Promise<void> {
  await redis.call('CLIENT', 'PAUSE', '150');
  await delay(250);
}

/** As when an event loop has too much to do: nothing happens in it for a third of a second. */
async function stall(program: Program): Promise<void> {
  program.kill('SIGSTOP');
  await delay(350);
  program.kill('SIGCONT');
  await delay(200);
}

/** Leaves a twentieth free of what it has. */
async function fillMemory(redis: RedisClient): Promise<void> {
  const [, used = '0'] = /^used_memory:(\d+)/m.exec(await redis.info('memory')) ?? [];
  await redis.config('SET', 'maxmemory', String(Math.round(Number(used) / 0.95)));
}

test('every alert fires when its fault is caused', async () => {
  await using s = await setup();
  using authority = createCertificateAuthority();
  for (const [name, pem] of Object.entries(endingCertificates(authority))) await s.folder.write(name, pem);
  const fcm = s.stack.use(startProgram('test/fakes/fcm/main.ts', ['--dir', join(s.folder.path, 'fcm')]));
  const fcmReady = await fcm.lineOf<FcmStandIn>((line) => line['ready'] === true);
  await s.folder.write(ownKeyFile, await readFile(fcmReady.service_account_file, 'utf8'));
  const installation = s.stack.use(
    await startInstallation({
      print: false,
      moreApps: (apns) => faultyApps(apns, fcmReady, s.folder.path),
      // Ten minutes behind, which changes nothing but its alert: ages go by Redis' clock.
      nodeOptions: '--import=data:text/javascript,const%20now=Date.now;Date.now=()=>now()-600000',
    }),
  );
  scriptTroubles(installation.apns, fcm);
  const redis = installation.redis.connect();
  await putRubbishOnQueue(redis);
  const served = [iosApp, ...Object.values(faulty)].filter((app) => app !== faulty.unserved);
  const [door, worker] = await Promise.all([
    installation.startIngress(),
    installation.startWorker(served.flatMap((app) => ['--app', app])),
  ]);
  // One that knows no process at all, beside the one that knows them.
  const lost = s.stack.use(await startPrometheus({ targets: {}, rules: [s.rules] }));
  const prometheus = s.stack.use(
    await startPrometheus({ targets: targetsOf(door, worker), rules: [s.rules] }),
  );
  await scraped(prometheus);

  const watch = createWatch();
  const fire = async (expected: readonly Expected[], from = prometheus): Promise<void> => {
    const look = async () => {
      await watch.look(from);
      return watch.missing(expected);
    };
    await expect.poll(look, everyHalfSecond).toEqual([]);
  };
  const whileFiring = async (expected: readonly Expected[], again: () => Promise<void>): Promise<void> => {
    const over = new AbortController();
    const fires = fire(expected).finally(() => over.abort());
    const goesOn = (async () => {
      while (!over.signal.aborted) await again();
    })();
    await Promise.all([fires, goesOn]);
  };

  await failReload(door, installation.configPath);
  await s.folder.write(ownKeyFile, 'no key');
  using notifier = createNotifier(door.url);
  const [over, flooded] = [new AbortController(), new AbortController()];
  const traffic = [keepRounds(notifier.post, (n) => [...healthyRound(n), ...troubledRound(n)], over.signal)];
  try {
    await Promise.all([fire(underTraffic(door)), fire(ofNoTargets, lost)]);
    traffic.push(keepRounds(notifier.post, floodRound, flooded.signal));
    await fire(ofFlood);
    flooded.abort();
    await whileFiring(ofSlowRedis, () => slowDown(redis));
  } finally {
    flooded.abort();
    over.abort();
    await Promise.all(traffic);
  }

  worker.program.kill('SIGKILL');
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await whileFiring(ofProcesses(door, worker), async () => {
    await fillMemory(redis); // again, since Redis needs less and less without traffic
    await stall(door.program);
  });
  await installation.redis.kill();
  await fire([...ofLostRedis(door), ...ofSilence]);

  expect(await unhealthy(prometheus)).toEqual([]);
  const told = [...watch.fired.values()];
  const rules = alertGroups.flatMap(({ alerts }) =>
    alerts.map(({ name, severity }) => `${name} ${severity}`),
  );
  expect(new Set(told.map(({ labels }) => `${labels['alertname']} ${labels['severity']}`))).toEqual(
    new Set(rules),
  );
  const unreadable = /\{\{|\}\}|<no value>|error expanding|NaN| {2}|\(\)| [.:,;]|^ | $/;
  const texts = told.flatMap(({ annotations }) => Object.values(annotations));
  expect(texts.filter((text) => unreadable.test(text))).toEqual([]);
});

test('nothing fires while all is well', async () => {
  await using s = await setup();
  const installation = s.stack.use(await startInstallation({ print: false }));
  const [door, worker] = await Promise.all([installation.startIngress(), installation.startWorker()]);
  const prometheus = s.stack.use(
    await startPrometheus({ targets: targetsOf(door, worker), rules: [s.rules] }),
  );
  await scraped(prometheus);
  using notifier = createNotifier(door.url);
  const over = new AbortController();
  const traffic = keepRounds(notifier.post, healthyRound, over.signal);
  try {
    // For longer than the longest window and the longest `for` of the rules together.
    const delivered = 'sum(carillon_sends_total{outcome="delivered"})';
    await expect
      .poll(async () => (await prometheus.query(delivered))[0]?.value ?? 0, everyHalfSecond)
      .toBeGreaterThan(120);
  } finally {
    over.abort();
    await traffic;
  }
  // Not counting the time before its first scrape, when it knew of no process, and the authority of the stand-ins, which lasts two days.
  const fired =
    'count by (alertname) (max_over_time(ALERTS{alertstate="firing",alertname!="CarillonGone",credential!="ca_file"}[2m]))';
  expect(await prometheus.query(fired)).toEqual([]);
  expect(await unhealthy(prometheus)).toEqual([]);
});
