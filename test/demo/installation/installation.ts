import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killProcess, startChild, type Child, type JsonLine } from './child.ts';
import { configuration, type ApnsReady, type FcmReady } from './configuration.ts';
import { ChildDiedError } from '../demo-error.ts';
import { freePortFrom } from './free-port.ts';
import { ringOfApns, ringOfFcm } from '../world/ring.ts';
import type { RingLog } from '../world/ring-log.ts';
import { isReadyAt } from './ops-page.ts';
import { until, within, type Wait } from '../waits.ts';

/** Everything that runs, as processes: Redis, the stand-ins, an ingress and workers. */
export interface Installation {
  readonly apns: Child;
  readonly redisUrl: string;
  readonly configPath: string;
  /** `http://127.0.0.1:8080` */
  readonly gateway: string;
  readonly ingress: Started;
  /** Those that live. */
  readonly workers: readonly Started[];
  startWorker(): Promise<Started>;
  killWorker(worker: Started): Promise<void>;
  /** The console, with the processes that live. Resolves to its address, such as `http://127.0.0.1:9403`. */
  startConsole(): Promise<string>;
}

export interface Started {
  readonly child: Child;
  readonly opsUrl: string;
}

export interface Premises extends AsyncDisposable {
  readonly folder: string;
  /** Starts all of it, telling each part as it comes. */
  install(parts: InstallationParts): Promise<Installation>;
  /** Stops what runs, last part first, and removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface InstallationParts {
  readonly signal: AbortSignal;
  readonly rings: RingLog;
  readonly onStarting: (what: string) => void;
  /** A line of an ingress or a worker that somebody should see. */
  readonly onTrouble: (who: string, line: JsonLine) => void;
}

/** A checkout's root, seen from this file. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
/** How long the stand-ins take to answer: about what Apple and Google take. Long enough to be caught in the act. */
export const providerLatencyMs = 40;
const startPatienceMs = 60_000;
/** A process's grace in the demo's configuration is 5 s, and the runtime lingers no longer than that. */
const stopPatienceMs = 11_000;
/** When one of them has died, an orderly stop has nothing to save, and may wait in vain for the dead one. */
const brokenPatienceMs = 2_000;
/** The ingress' own. `script/homeserver` may run beside it. */
const usualPort = 8080;
/** The console's own. */
const usualConsolePort = 9403;

/** The temporary folder and its keeper. `onDeath` is told of a process that ended by itself. */
export async function openPremises(onDeath: (error: ChildDiedError) => void): Promise<Premises> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-demo-'));
  // What the children put into temporary folders of their own lands in ours.
  const environment = { ...process.env, TMPDIR: folder };
  const running: Child[] = [];
  let keeper: Child | undefined;
  let redisPid: number | undefined;
  let patienceMs = stopPatienceMs;

  function died(name: string, how: string, lastLines: readonly string[]): void {
    patienceMs = brokenPatienceMs;
    onDeath(new ChildDiedError(name, how, lastLines));
  }

  function start(
    name: string,
    args: readonly string[],
    stopBy: 'SIGTERM' | 'end of input' = 'SIGTERM',
  ): Child {
    const child = startChild({
      name,
      args,
      cwd: root,
      environment,
      stopBy,
      onUnexpectedEnd: (how, lastLines) => {
        // Killed, the keeper could not take Redis along.
        if (child === keeper && how === 'SIGKILL' && redisPid !== undefined) killProcess(redisPid);
        died(name, how, lastLines);
      },
    });
    keeper?.send({ began: child.pid });
    return child;
  }

  function startProgram(name: string, args: readonly string[]): Child {
    const child = start(name, args);
    running.push(child);
    return child;
  }

  async function stop(child: Child): Promise<void> {
    await child.stop(patienceMs);
    keeper?.send({ ended: child.pid });
  }

  async function install({ signal, rings, onStarting, onTrouble }: InstallationParts): Promise<Installation> {
    const startOf = ({ name }: Child): Wait => ({
      what: `The start of ${name}`,
      withinMs: startPatienceMs,
      signal,
    });
    const ready = <T extends object>(child: Child, matches: (line: JsonLine) => boolean): Promise<T> =>
      within(child.lineOf<T>(matches), startOf(child));
    const isReady = (line: JsonLine): boolean => line['ready'] === true;

    onStarting('Redis');
    keeper = start('Redis', ['test/demo/installation/keeper.ts', folder], 'end of input');
    const { url: redisUrl, pid } = await ready<{ readonly url: string; readonly pid: number }>(
      keeper,
      isReady,
    );
    redisPid = pid;
    keeper.onLine(({ gone }) => {
      if (typeof gone === 'string') died('Redis', `${gone} is gone`, []);
    });

    onStarting('the stand-ins for APNs and FCM');
    const latency = ['--latency-ms', String(providerLatencyMs), '--print'];
    const apns = startProgram('the stand-in for APNs', [
      'test/fakes/apns/main.ts',
      '--dir',
      join(folder, 'apns'),
      ...latency,
    ]);
    const fcm = startProgram('the stand-in for FCM', [
      'test/fakes/fcm/main.ts',
      '--dir',
      join(folder, 'fcm'),
      ...latency,
    ]);
    const [apnsReady, fcmReady] = await Promise.all([
      ready<ApnsReady>(apns, isReady),
      ready<FcmReady>(fcm, isReady),
    ]);
    for (const [child, read] of [
      [apns, ringOfApns],
      [fcm, ringOfFcm],
    ] as const) {
      child.onLine((line) => {
        const ring = read(line, performance.now());
        if (ring !== undefined) rings.add(ring);
      });
    }
    const configPath = join(folder, 'carillon.yaml');
    const ports = {
      gateway: await freePortFrom(usualPort),
      console: await freePortFrom(usualConsolePort),
    };
    await writeFile(configPath, configuration({ redisUrl, ports, apns: apnsReady, fcm: fcmReady }));

    async function startCarillon(
      name: string,
      command: 'ingress' | 'worker',
    ): Promise<Started & { readonly listen: string }> {
      const child = startProgram(name, ['apps/cli/src/main.ts', command, '--config', configPath]);
      child.onLine((line) => {
        if (line['level'] === 'error' || line['level'] === 'fatal') onTrouble(name, line);
      });
      const message = { ingress: 'ingress listens', worker: 'worker takes deliveries' }[command];
      const { listen = '', ops } = await ready<Addresses>(child, ({ msg }) => msg === message);
      const opsUrl = `http://${ops}`;
      await until(async () => ((await isReadyAt(opsUrl)) ? true : undefined), startOf(child));
      return { child, opsUrl, listen };
    }

    onStarting('an ingress and two workers');
    const [ingress, ...workers] = await Promise.all([
      startCarillon('the ingress', 'ingress'),
      startCarillon('worker 1', 'worker'),
      startCarillon('worker 2', 'worker'),
    ]);
    let workersStarted = workers.length;
    const living: Started[] = [...workers];
    return {
      apns,
      redisUrl,
      configPath,
      gateway: `http://${ingress.listen}`,
      ingress,
      workers: living,
      async startWorker() {
        workersStarted += 1;
        const worker = await startCarillon(`worker ${workersStarted}`, 'worker');
        living.push(worker);
        return worker;
      },
      async killWorker(worker) {
        living.splice(living.indexOf(worker), 1);
        running.splice(running.indexOf(worker.child), 1);
        await worker.child.kill();
        keeper?.send({ ended: worker.child.pid });
      },
      async startConsole() {
        const ops = [ingress, ...living].flatMap(({ opsUrl }) => ['--ops', opsUrl]);
        const args = ['console', '--allow-changes', '--config', configPath, ...ops];
        const child = startProgram('the console', ['apps/cli/src/main.ts', ...args]);
        const { listen } = await ready<{ readonly listen: string }>(
          child,
          ({ msg }) => msg === 'console listens',
        );
        return `http://${listen}`;
      },
    };
  }

  return {
    folder,
    install,
    async [Symbol.asyncDispose]() {
      const providers = running.filter(({ name }) => name.startsWith('the stand-in'));
      const carillon = running.filter((child) => !providers.includes(child));
      // As an operator would: the front door and the workers, then what they need.
      await Promise.all(carillon.map(stop));
      await Promise.all(providers.map(stop));
      await keeper?.stop(patienceMs);
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

interface Addresses {
  readonly listen?: string;
  readonly ops: string;
}
