import type { Program } from './process.ts';

/** For `NODE_OPTIONS` of a program whose `liveBytes` are asked for. */
export const collectable = `--expose-gc --import=${import.meta.resolve('./tell-live-bytes.ts')}`;

/**
 * What the program really holds. Its resident memory says less: up to 96 MiB of it are objects that V8 has not collected yet,
 * the more the busier the machine is.
 */
export async function liveBytes(program: Program): Promise<number> {
  const told = program.nextLine((line) => 'liveBytes' in line);
  program.kill('SIGUSR2');
  return Number((await told)['liveBytes']);
}
