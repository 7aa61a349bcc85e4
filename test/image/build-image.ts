import { join } from 'node:path';
import { run } from '../repository/run.ts';
import { imageName, type Engine } from './engine.ts';

/** Builds the Dockerfile of this checkout. */
export async function buildImage(engine: Engine, say: (text: string) => void): Promise<void> {
  say(`building ${imageName}`);
  const root = join(import.meta.dirname, '../..');
  const { stdout } = await run('git', ['-C', root, 'rev-parse', 'HEAD']);
  await engine.build(root, stdout.trim() === '' ? [] : ['--build-arg', `REVISION=${stdout.trim()}`]);
  const bytes = Number(await engine.run('image', 'inspect', '--format', '{{.Size}}', imageName));
  say(`built: ${Math.round(bytes / 1_000_000)} MB`);
}
