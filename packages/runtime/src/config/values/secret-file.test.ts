import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OperatorError } from '../../process/operator-error.ts';
import { readSecretFile } from './secret-file.ts';

async function setup(content: string | Buffer) {
  const directory = await mkdtemp(join(tmpdir(), 'carillon-secret-'));
  const path = join(directory, 'secret');
  await writeFile(path, content);
  return {
    path,
    directory,
    read: () => readSecretFile({ key: 'redis.password_file', path }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

test.for([
  ['hunter2', 'hunter2'],
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  [' hunter2 \n', ' hunter2 '],
] as const)('reads %j without the newline at its end', async ([content, secret]) => {
  await using file = await setup(content);
  expect(file.read()).toBe(secret);
});

test.for([
  ['nothing', '', 'is empty'],
  ['only a newline', '\n', 'is empty'],
  ['two lines', 'hunter2\nhunter3\n', 'has more than one line'],
  ['bytes that are no text', Buffer.from([0xff]), 'is not UTF-8'],
] as const)(
  'names the key and the file when it holds %s, never the content',
  async ([, content, problem]) => {
    await using file = await setup(content);
    expect(file.read).toThrow(
      new OperatorError(`The file of redis.password_file (${file.path}) ${problem}`, {
        cure: 'write the secret into it, or name another file',
        exit: 'configuration',
      }),
    );
  },
);

test('says that a file is missing or a directory', async () => {
  await using file = await setup('');
  const read = (path: string) => () => readSecretFile({ key: 'redis.password_file', path });
  expect(read(`${file.path}.no`)).toThrow(`(${file.path}.no) does not exist`);
  expect(read(file.directory)).toThrow(`(${file.directory}) is a directory`);
});
