import { generateKeyPairSync } from 'node:crypto';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../redis/private-server.ts';
import type { Engine } from './engine.ts';

/** docker-compose.yml of this checkout, running, with a stand-in for FCM beside it. */
export interface Composed {
  readonly engine: Engine;
  readonly ingressUrl: string;
  readonly prometheusUrl: string;
  readonly configFile: string;
  start(say: (text: string) => void): Promise<void>;
  /** The container of a service. */
  container(service: string): Promise<string>;
  /** Runs a command in the container of a service. */
  exec(service: string, ...command: readonly string[]): Promise<string>;
  /** The log of a service, as soon as it has what is looked for. */
  logged(service: string, wanted: string): Promise<string>;
  /** The end of every log, for one who has to find out what went wrong. */
  logs(): Promise<string>;
  remove(): Promise<void>;
}

export const fcmApp = 'com.example.app.android';
const root = join(import.meta.dirname, '../..');
/** Grafana's image cannot be made here. */
const services = ['redis', 'provider', 'ingress', 'worker-apns', 'worker-fcm', 'prometheus'] as const;
const logMs = 60_000;

export async function prepareComposeFolder(engine: Engine, folder: string): Promise<Composed> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  await cp(join(root, 'deploy'), join(folder, 'deploy'), {
    recursive: true,
    filter: (path) => !path.includes('/secrets'),
  });
  const ports = { ingress: await freePort(), prometheus: await freePort() };
  const compose = (await readFile(join(root, 'docker-compose.yml'), 'utf8'))
    .replace('127.0.0.1:8080:', `127.0.0.1:${ports.ingress}:`)
    .replace('127.0.0.1:9090:', `127.0.0.1:${ports.prometheus}:`);
  await writeFile(join(folder, 'docker-compose.yml'), compose);
  await writeFile(join(folder, 'provider.yml'), providerService());
  await writeCredentials(join(folder, 'deploy/secrets'));
  const configFile = join(folder, 'deploy/configuration/carillon.yaml');
  await pointAtStandIn(configFile);
  await scrapeOften(join(folder, 'deploy/prometheus/prometheus.yml'));

  const call = (...args: readonly string[]) =>
    engine.compose(folder, '--file', 'docker-compose.yml', '--file', 'provider.yml', ...args);
  const containers = new Map<string, string>();
  const container = async (service: string): Promise<string> => {
    const known = containers.get(service);
    if (known !== undefined) return known;
    const names = (await engine.run('ps', '--all', '--format', '{{.Names}}')).split('\n');
    const found = names.find((name) => new RegExp(`^carillon[-_]${service}[-_]1$`).test(name));
    if (found === undefined) throw new Error(`there is no container of ${service}: ${names.join(' ')}`);
    containers.set(service, found);
    return found;
  };
  const logOf = async (service: string) => (await engine.attempt('logs', await container(service))).output;
  const logged = async (service: string, wanted: string): Promise<string> => {
    const until = performance.now() + logMs;
    for (;;) {
      const log = await logOf(service);
      if (log.includes(wanted)) return log;
      if (performance.now() > until) throw new Error(`${service} does not say ${wanted}`);
      await delay(200);
    }
  };
  return {
    engine,
    configFile,
    ingressUrl: `http://127.0.0.1:${ports.ingress}`,
    prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
    async start(say) {
      say('starting the stand-in for FCM');
      await call('up', '--detach', '--no-build', 'provider');
      await logged('provider', '"ready":true');
      say('starting docker-compose.yml, without Grafana');
      await call('up', '--detach', '--no-build', ...services);
    },
    container,
    exec: async (service, ...command) => engine.run('exec', await container(service), ...command),
    logged,
    async logs() {
      const each = services.map(
        async (service) => `── ${service} ──\n${(await logOf(service).catch(String)).slice(-2_000)}`,
      );
      return (await Promise.all(each)).join('\n');
    },
    remove: async () => void (await call('down', '--volumes')),
  };
}

/** As user 1000, so that the workers can read the key file that it writes. */
function providerService(): string {
  const command =
    '/carillon/test/fakes/fcm/main.ts --plain --print --host provider --port 8081 --dir /secrets';
  return `services:
  provider:
    image: node:24.21.0-bookworm-slim
    user: '1000:1000'
    command: [${['node', ...command.split(' ')].join(', ')}]
    volumes:
      - ${root}:/carillon:ro
      - ./deploy/secrets/fcm:/secrets
`;
}

async function writeCredentials(secrets: string): Promise<void> {
  await mkdir(join(secrets, 'apns'), { recursive: true });
  await mkdir(join(secrets, 'fcm'));
  await chmod(join(secrets, 'fcm'), 0o777);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(secrets, 'apns/AuthKey.p8'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o644,
  });
  await writeFile(join(secrets, 'grafana_admin_password'), 'unused\n');
}

async function pointAtStandIn(configFile: string): Promise<void> {
  const text = await readFile(configFile, 'utf8');
  const changed = text.replace(
    '/run/secrets/fcm/fcm.json',
    '/run/secrets/fcm/service-account.json\n    endpoint: http://provider:8081',
  );
  if (changed === text) throw new Error('the example configuration names another file for FCM');
  await writeFile(configFile, changed);
}

async function scrapeOften(file: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('15s', '1s'));
}
