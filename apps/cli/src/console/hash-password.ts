import { createInterface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { passwordLine, userPattern } from '@carillon/console';
import type { Exit } from '@carillon/runtime';
import { usageError } from '../command-line/options.ts';

const shortest = 12;

/** Reads a password, a line of the input, and writes the user's line for the password file. A terminal does not show what is typed. */
export async function hashPassword(
  user: string,
  input: Pick<ReadStream, 'isTTY' | 'setRawMode'> & NodeJS.ReadableStream,
  output: { write(text: string): unknown },
): Promise<Exit> {
  if (!userPattern.test(user))
    throw usageError(
      'console',
      `--hash ${user} is no name of a user: letters, digits and . _ - @, 64 at most`,
    );
  if (input.isTTY) process.stderr.write(`Password of ${user} (it is not shown): `);
  const lines = createInterface({ input, terminal: input.isTTY, ...(input.isTTY && { output: undefined }) });
  const { promise, resolve } = Promise.withResolvers<string>();
  lines.once('line', resolve).once('close', () => resolve(''));
  const password = await promise;
  lines.close();
  if (input.isTTY) process.stderr.write('\n');
  if (password.length < shortest)
    throw usageError('console', `the password has ${password.length} characters`, `take ${shortest} or more`);
  output.write(`${await passwordLine(user, password)}\n`);
  return 'ok';
}
