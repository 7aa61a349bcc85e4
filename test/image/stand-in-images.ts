import { chmod, copyFile, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../repository/run.ts';
import type { Engine } from './engine.ts';

type Say = (text: string) => void;

/**
 * Makes the images that the Dockerfile and docker-compose.yml name, where no registry can be asked for them: Debian's own files, unpacked,
 * and in them the programs of this machine.
 */
export async function importStandIns(engine: Engine, folder: string, say: Say): Promise<void> {
  await mkdir(folder, { recursive: true });
  const base = join(folder, 'base.tar');
  say('unpacking a small Debian (mmdebstrap)');
  await must('mmdebstrap', ['--quiet', '--variant=extract', `--include=${packages}`, await release(), base]);

  for (const [image, make] of Object.entries(standIns)) {
    say(`making a stand-in for ${image}`);
    const system = join(folder, 'system');
    await mkdir(join(system, 'usr/local/bin'), { recursive: true });
    await mkdir(join(system, 'usr/bin'), { recursive: true });
    await must('tar', ['--extract', '--file', base, '--directory', system]);
    await writeFile(
      join(system, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
    );
    const changes = await make(system);
    const archive = join(folder, 'image.tar');
    await must('tar', ['--create', '--file', archive, '--directory', system, '.']);
    await engine.run(
      'import',
      '--quiet',
      ...changes.flatMap((change) => ['--change', change]),
      archive,
      `docker.io/${image}`,
    );
    await rm(system, { recursive: true });
  }
  await rm(folder, { recursive: true });
}

const packages =
  'base-files,base-passwd,bash,coreutils,dash,debianutils,findutils,grep,libgcc-s1,libstdc++6,sed';

/** Each puts its programs into the system, and tells what the image says of itself. */
const standIns: Readonly<Record<string, (system: string) => Promise<readonly string[]>>> = {
  'library/node:24.21.0-bookworm-slim': async (system) => {
    await copyFile(process.execPath, join(system, 'usr/local/bin/node'));
    await addNpm(system);
    return ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'CMD ["node"]'];
  },
  'library/redis:7.2-bookworm': async (system) => {
    for (const program of ['redis-server', 'redis-cli']) await addProgram(system, program);
    // What the image of the registry does: it takes connections of other containers.
    await writeFile(join(system, 'entry'), '#!/bin/sh\nexec "$@" --protected-mode no\n');
    await chmod(join(system, 'entry'), 0o755);
    await mkdir(join(system, 'data'));
    return ['ENTRYPOINT ["/entry"]', 'CMD ["redis-server"]', 'WORKDIR /data'];
  },
  'prom/prometheus:v3.1.0': async (system) => {
    await addProgram(system, 'prometheus');
    const entry = [
      '/usr/bin/prometheus',
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
    ];
    return [`ENTRYPOINT ${JSON.stringify(entry)}`];
  },
};

/** The codename of this Debian, so that its programs find the libraries that they were built with. */
async function release(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1];
  if (codename === undefined)
    throw new Error('this system is no Debian: install Docker, and the images come from its registry');
  return codename;
}

/** A program of this machine with the libraries that it is linked to. */
async function addProgram(system: string, program: string): Promise<void> {
  const path = (await must('which', [program])).trim();
  const { stdout: linked } = await run('ldd', [path]); // fails for a program that needs none
  const libraries = [...linked.matchAll(/(?:=> )?(\/\S+) \(/g)].map(([, library = '']) => library);
  for (const file of libraries) {
    await mkdir(dirname(join(system, file)), { recursive: true });
    await copyFile(await realpath(file), join(system, file));
  }
  await copyFile(await realpath(path), join(system, 'usr/bin', program));
}

/** npm, which asks the registry that this machine asks, and trusts whom this machine trusts. */
async function addNpm(system: string): Promise<void> {
  const npm = join(system, 'usr/local/lib/node_modules/npm');
  await mkdir(join(system, 'usr/local/etc'), { recursive: true });
  await mkdir(npm, { recursive: true });
  // From the registry: Debian's own npm is spread over many packages.
  const packed = await must('npm', ['pack', '--silent', '--pack-destination', system, 'npm@11']);
  const archive = join(system, packed.trim());
  await must('tar', [
    '--extract',
    '--file',
    archive,
    '--directory',
    npm,
    '--strip-components=1',
    '--no-same-owner',
  ]);
  await rm(archive);
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(system, 'usr/local/bin/npm'));
  const settings = [`registry=${(await must('npm', ['config', 'get', 'registry'])).trim()}`];
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  if (authorities !== undefined) {
    await copyFile(authorities, join(system, 'usr/local/etc/authorities.pem'));
    settings.push('cafile=/usr/local/etc/authorities.pem');
  }
  await writeFile(join(system, 'usr/local/etc/npmrc'), `${settings.join('\n')}\n`);
}

async function must(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(program, args);
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stderr.slice(-4_000)}`);
  return stdout;
}
