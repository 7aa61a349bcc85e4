import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { apnsModule } from '@carillon/apns';
import { fcmModule } from '@carillon/fcm';
import { parseConfig } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

interface Service {
  readonly command?: readonly string[];
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

interface Config {
  readonly redis: { readonly url: string };
  readonly ingress: { readonly listen: string; readonly ops_listen: string };
  readonly worker: { readonly ops_listen: string; readonly stop_grace: string };
  readonly apps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface DataSources {
  readonly datasources: readonly {
    readonly type: string;
    readonly url: string;
    readonly isDefault: boolean;
  }[];
}

interface DashboardProviders {
  readonly providers: readonly { readonly type: string; readonly options: { readonly path: string } }[];
}

interface Prometheus {
  readonly global: { readonly scrape_interval: string };
  readonly scrape_configs: readonly {
    readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

function setup() {
  const read = (path: string): unknown => parse(readRepositoryFile(path), { merge: true });
  const compose = read('docker-compose.yml') as Compose;
  const services = Object.entries(compose.services);
  return {
    compose,
    config: read('deploy/configuration/carillon.yaml') as Config,
    prometheus: read('deploy/prometheus/prometheus.yml') as Prometheus,
    dataSources: read('deploy/grafana/provisioning/datasources/prometheus.yml') as DataSources,
    dashboardProviders: read('deploy/grafana/provisioning/dashboards/carillon.yml') as DashboardProviders,
    carillon: services.filter(([, { build }]) => build !== undefined),
    workers: services.filter(([, { command }]) => command?.[0] === 'worker'),
  };
}

const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
const portOf = (address: string) => Number(address.split(':').at(-1));

/** Checks against the JSON Schema of the Compose Specification, and some rules of thumb; not the order of keys. */
const lint = (file: string) =>
  run(process.execPath, [join(root, 'node_modules/dclint/bin/dclint.cjs'), '--quiet', file], {
    env: process.env,
  });

test('the compose file fits the Compose Specification', async () => {
  const { code, stdout, stderr } = await lint(join(root, 'docker-compose.yml'));

  expect(code, stdout + stderr).toBe(0);
});

test('a compose file that does not fit the specification is noticed', async () => {
  await using folder = await scratch();
  const text = readRepositoryFile('docker-compose.yml').replace('stop_grace_period:', 'stop_grace:');
  await folder.write('docker-compose.yml', text);

  const { code, stdout, stderr } = await lint(join(folder.path, 'docker-compose.yml'));

  expect(code).toBe(1);
  expect(stdout + stderr).toContain('must NOT have additional properties');
});

test('the example configuration loads', () => {
  const path = 'deploy/configuration/carillon.yaml';
  const { apps } = parseConfig(readRepositoryFile(path), { path, appTypes: [apnsModule, fcmModule] });

  expect(apps.map(({ type }) => type)).toEqual(['apns', 'fcm']);
});

test('Carillon gets more time to stop than it takes', () => {
  const { carillon, config } = setup();

  expect(carillon.map(([name]) => name)).toEqual(['ingress', 'worker-apns', 'worker-fcm']);
  for (const [name, { stop_grace_period: grace }] of carillon) {
    expect(seconds(grace), name).toBeGreaterThan(seconds(config.worker.stop_grace));
  }
});

test('Carillon starts after Redis is healthy, and again when it fell', () => {
  const { carillon } = setup();

  for (const [name, { depends_on: dependsOn, restart }] of carillon) {
    expect(dependsOn?.['redis']?.condition, name).toBe('service_healthy');
    expect(restart, name).toBe('unless-stopped');
  }
});

test('each type of app in the example has a worker that holds its credentials', () => {
  const { config, workers } = setup();

  for (const [app, settings] of Object.entries(config.apps)) {
    const credentials = Object.values(settings).filter((value) => value.startsWith('/run/secrets/'));
    const own = workers.filter(
      ([, { command }]) => command?.join(' ') === `worker --type ${settings['type']}`,
    );
    expect(own, app).toHaveLength(1);
    const seen = own[0]?.[1].volumes?.map((volume) => volume.split(':')[1] ?? '') ?? [];
    expect(credentials, app).not.toEqual([]);
    expect(
      credentials.map((file) => dirname(file)).filter((folder) => !seen.includes(folder)),
      app,
    ).toEqual([]);
  }
});

test('the services are reached at the addresses that the example configuration sets', () => {
  const { compose, config, prometheus, workers } = setup();

  expect(compose.services).toHaveProperty(new URL(config.redis.url).hostname);
  expect(compose.services['ingress']?.ports?.[0]).toMatch(new RegExp(`:${portOf(config.ingress.listen)}$`));
  expect([config.ingress.ops_listen, config.worker.ops_listen]).toEqual([
    expect.stringMatching(/^0\.0\.0\.0:/),
    expect.stringMatching(/^0\.0\.0\.0:/),
  ]);
  expect(prometheus.scrape_configs.flatMap((job) => job.dns_sd_configs)).toMatchObject([
    { names: ['ingress'], port: portOf(config.ingress.ops_listen) },
    { names: workers.map(([name]) => name), port: portOf(config.worker.ops_listen) },
  ]);
});

test('nothing is reached from outside the host', () => {
  const { compose } = setup();
  const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);

  expect(ports.length).toBeGreaterThan(2);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('Grafana asks Prometheus, shows our dashboards, and has a password of its own', () => {
  const { compose, dataSources, dashboardProviders } = setup();
  const { environment = {}, secrets, volumes = [] } = compose.services['grafana'] ?? {};
  const mountOf = (source: string) =>
    volumes.find((volume) => volume.startsWith(`${source}:`))?.split(':')[1];
  const [prometheus] = dataSources.datasources;

  expect(dataSources.datasources).toEqual([
    expect.objectContaining({ type: 'prometheus', isDefault: true, url: 'http://prometheus:9090' }),
  ]);
  expect(compose.services).toHaveProperty(new URL(prometheus?.url ?? '').hostname);
  expect(mountOf('./deploy/grafana/provisioning')).toBe('/etc/grafana/provisioning');
  const dashboards = mountOf('./deploy/grafana/dashboards');
  expect(dashboardProviders.providers).toMatchObject([{ type: 'file', options: { path: dashboards } }]);
  expect(environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(`${dashboards}/overview.json`);
  expect(environment['GF_SECURITY_ADMIN_PASSWORD__FILE']).toBe(`/run/secrets/${secrets?.[0]}`);
  expect(Object.keys(environment).filter((name) => name.endsWith('PASSWORD'))).toEqual([]);
});

test('Prometheus can read its configuration, and Grafana knows how often it scrapes', async () => {
  const { prometheus, dataSources } = setup();
  const path = join(root, 'deploy/prometheus/prometheus.yml');
  const { code, stdout, stderr } = await run('promtool', ['check', 'config', '--syntax-only', path]);

  expect(code, stdout + stderr).toBe(0);
  expect(dataSources.datasources).toMatchObject([
    { jsonData: { timeInterval: prometheus.global.scrape_interval } },
  ]);
});

test('everything mounted from the repository is there, and the credentials never are', () => {
  const { compose } = setup();
  const mounted = Object.values(compose.services)
    .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
    .filter((source) => source.startsWith('.'));
  const ours = mounted.filter((source) => !source.startsWith('./deploy/secrets/'));

  expect(ours.filter((source) => !existsSync(join(root, source)))).toEqual([]);
  // A file that is bound alone keeps its old content when it is replaced.
  expect(ours.filter((source) => !statSync(join(root, source)).isDirectory())).toEqual([]);
  expect(mounted.length).toBeGreaterThan(ours.length);
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/deploy\/secrets\//);
  expect(readRepositoryFile('.gitignore').split('\n')).toContain('/deploy/secrets/');
});

test('Redis takes its arguments: it appends to a file and throws nothing away', async () => {
  const { compose } = setup();
  await using folder = await scratch();
  const socket = join(folder.path, 'redis.sock');
  const [program = '', ...args] = compose.services['redis']?.command ?? [];
  const redis = spawn(program, [...args, '--port', '0', '--unixsocket', socket, '--dir', folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const chunk of redis.stdout) if (/ready to accept/i.test(String(chunk))) break;

    const names = ['appendonly', 'appendfsync', 'maxmemory-policy', 'save'];
    const { stdout } = await run('redis-cli', ['-s', socket, '--json', 'config', 'get', ...names]);

    expect(JSON.parse(stdout)).toEqual({
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      save: '',
    });
  } finally {
    redis.kill();
    if (redis.exitCode === null) await once(redis, 'exit');
  }
});
