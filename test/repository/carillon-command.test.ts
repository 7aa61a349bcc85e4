import { readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';
import { scratch, type Scratch } from './scratch.ts';

const binary = join(root, 'node_modules/.bin/carillon');

test('carillon runs by that name, whatever Node is on the PATH', async () => {
  await using elsewhere = await scratch();

  const env = { PATH: '/usr/bin:/bin' };
  const { code, stdout, stderr } = await run(binary, ['--help'], { cwd: elsewhere.path, env });

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: carillon COMMAND/m);
});

test('Node has 512 MiB for old objects, or what NODE_OPTIONS says', async () => {
  const tell =
    '--import=data:text/javascript,import%20v8%20from%20%22node:v8%22;console.error(v8.getHeapStatistics().heap_size_limit)';
  const limit = async (options: string): Promise<number> => {
    const env = { PATH: '/usr/bin:/bin', NODE_OPTIONS: options };
    return Math.floor(Number((await run(binary, ['--help'], { env })).stderr) / 2 ** 20);
  };
  const [usual, chosen] = [await limit(tell), await limit(`${tell} --max-old-space-size=200`)];
  expect(usual - chosen).toBe(312);
});

test('a Node that is too old says which one is needed', async () => {
  const older = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"22.9.0"}})';

  const launcher = join(root, 'apps/cli/bin/launch.mjs');
  const { code, stderr } = await run(process.execPath, ['--import', older, launcher, '--help']);

  expect(code).toBe(69);
  expect(stderr).toContain('carillon: needs Node 24 or newer, and ');
});

test('a machine without Node says that it is needed', async () => {
  await using tree = await scratch();
  await tree.copy('apps/cli/bin');
  const programs = await run('sh', ['-c', 'command -v dirname; command -v readlink']);
  for (const program of programs.stdout.trim().split('\n'))
    await symlink(program, join(tree.path, program.split('/').at(-1) ?? ''));

  const { code, stderr } = await run(join(tree.path, 'apps/cli/bin/carillon'), ['--help'], {
    env: { PATH: tree.path },
  });

  expect({ code, stderr }).toEqual({
    code: 69,
    stderr: 'carillon: there is no Node on the PATH: install Node 24 or newer\n',
  });
});

/** What the image holds: the program without its tests, and the packages that `npm ci --omit=dev` leaves. */
async function imageTree(): Promise<Scratch> {
  const tree = await scratch();
  await tree.copy('package.json', 'packages', 'apps');
  for (const entry of await readdir(tree.path, { recursive: true, withFileTypes: true }))
    if (/\.(test|testing)\.ts$/.test(entry.name)) await rm(join(entry.parentPath, entry.name));
  const lock = JSON.parse(readRepositoryFile('package-lock.json')) as { packages: Record<string, Locked> };
  await tree.write('node_modules/@carillon/.keep', '');
  for (const [path, { dev = false, link = false, resolved = '' }] of Object.entries(lock.packages)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (dev || name === undefined || name.startsWith('node-linux-')) continue;
    await tree.write(join(dirname(path), '.keep'), '');
    await symlink(link ? join(tree.path, resolved) : join(root, path), join(tree.path, path));
  }
  return tree;
}

interface Locked {
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
}

test('the command needs nothing that the image leaves out', async () => {
  await using tree = await imageTree();
  await tree.write('carillon.yaml', 'redis: {url: "redis://127.0.0.1:1"}\napps: {}\n');
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

  const { code, stdout, stderr } = await run(
    join(tree.path, 'apps/cli/bin/carillon'),
    ['check', '--offline', '--config', join(tree.path, 'carillon.yaml')],
    { env },
  );

  expect(stderr).toBe('');
  expect(stdout).toContain('carillon.yaml');
  expect(code).toBe(78);
});
