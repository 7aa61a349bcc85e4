import { execFile, type ExecFileException } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** As docker-compose.yml calls it. */
export const imageName = 'carillon:local';

/** What runs containers here. Every call rejects with the program's own words if it fails. */
export interface Engine {
  readonly name: string;
  /** Whether the images that ours is built on are made here, since no registry is asked. */
  readonly standIns: boolean;
  /** `docker ARGS` or `podman ARGS`; gives what it printed. */
  run(...args: readonly string[]): Promise<string>;
  /** The same for a command whose failing is an answer. */
  attempt(...args: readonly string[]): Promise<Attempt>;
  build(context: string, args: readonly string[]): Promise<void>;
  /** `docker compose ARGS`. */
  compose(cwd: string, ...args: readonly string[]): Promise<string>;
  /** Takes away what is left, the images included. */
  remove(): Promise<void>;
}

export interface Attempt {
  readonly code: number;
  readonly stdout: string;
  /** All that it said, to whichever stream. */
  readonly output: string;
}

export function dockerEngine(folder: string, signal: AbortSignal): Engine {
  const call = caller({ ...process.env }, signal);
  const run = async (...args: readonly string[]) => outputOf('docker', args, await call('docker', args));
  return {
    name: 'Docker',
    standIns: false,
    run,
    attempt: (...args) => call('docker', args),
    build: async (context, args) => void (await run('build', '--tag', imageName, ...args, context)),
    compose: async (cwd, ...args) =>
      outputOf('docker compose', args, await call('docker', ['compose', ...args], cwd)),
    remove: async () => {
      await caller({ ...process.env })('docker', ['image', 'rm', '--force', imageName], dirname(folder));
    },
  };
}

/** Podman with a store and a configuration of its own, under `folder`, so that none of the machine's are touched. */
export async function podmanEngine(folder: string, signal: AbortSignal): Promise<Engine> {
  const settings = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
  const env = { ...process.env, ...settings, TMPDIR: folder };
  await mkdir(folder, { recursive: true });
  await writeFile(settings.CONTAINERS_CONF, containersConf(folder));
  const call = caller(env, signal);
  const run = async (...args: readonly string[]) => outputOf('podman', args, await call('podman', args));

  // Layers on top of each other where the kernel can; else each container is a copy of everything.
  await writeFile(settings.CONTAINERS_STORAGE_CONF, storageConf(folder, 'overlay'));
  if ((await call('podman', ['info'])).code !== 0) {
    await writeFile(settings.CONTAINERS_STORAGE_CONF, storageConf(join(folder, 'vfs'), 'vfs'));
    await run('info');
  }
  return {
    name: 'podman',
    standIns: true,
    run,
    attempt: (...args) => call('podman', args),
    build: async (context, buildArgs) => {
      const args = [
        'bud',
        '--isolation',
        'chroot',
        '--pull-never',
        '--layers=false',
        '--tag',
        imageName,
        ...buildArgs,
        context,
      ];
      outputOf('buildah', args, await call('buildah', args));
    },
    compose: async (cwd, ...args) =>
      outputOf('podman-compose', args, await call('podman-compose', args, cwd)),
    remove: async () => {
      const last = caller(env);
      for (const args of [
        'rm --all --force --time 0',
        'rmi --all --force',
        'network prune --force',
        'volume prune --force',
      ])
        await last('podman', args.split(' '));
    },
  };
}

// runc and cgroupfs, and limits that every user may set: what works in a container or a small machine, too.
function containersConf(folder: string): string {
  return `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=5000:5000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`;
}

function storageConf(folder: string, driver: string): string {
  return `[storage]
driver = "${driver}"
graphroot = "${folder}/images"
runroot = "${folder}/running"
`;
}

type Call = (program: string, args: readonly string[], cwd?: string) => Promise<Attempt>;

function caller(env: NodeJS.ProcessEnv, signal?: AbortSignal): Call {
  return (program, args, cwd) =>
    new Promise((resolve, reject) => {
      const options = {
        env,
        maxBuffer: 64 * 1024 * 1024,
        ...(cwd !== undefined && { cwd }),
        ...(signal !== undefined && { signal }),
      };
      const child = execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number')
          reject(signal?.aborted === true ? (signal.reason as Error) : error);
        else resolve({ code: error === null ? 0 : Number(error.code), stdout, output: stdout + stderr });
      });
      child.stdin?.end();
    });
}

function outputOf(program: string, args: readonly string[], { code, stdout, output }: Attempt): string {
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output.slice(-4_000)}`);
  return stdout;
}
