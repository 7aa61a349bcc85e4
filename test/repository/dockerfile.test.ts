import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, DockerfileParser, type Entrypoint, Keyword } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readRepositoryFile, root } from './root.ts';

function setup() {
  const text = readRepositoryFile('Dockerfile');
  const dockerfile = DockerfileParser.parse(text);
  const lastFrom = dockerfile.getFROMs().at(-1)?.getRange()?.start.line ?? 0;
  return {
    text,
    dockerfile,
    /** The instructions of one kind in the stage that becomes the image. */
    inImage: (keyword: Keyword) =>
      dockerfile
        .getInstructions()
        .filter((one) => one.getKeyword() === (keyword as string))
        .filter((one) => (one.getRange()?.start.line ?? 0) > lastFrom),
  };
}

test('the Dockerfile is valid', () => {
  const { text } = setup();

  expect(validate(text)).toEqual([]);
});

test('the image does not run as root', () => {
  const { inImage } = setup();

  const users = inImage(Keyword.USER).map((user) => user.getArgumentsContent());
  expect(users).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
});

test('the command, which becomes Node, is process 1, so that SIGTERM reaches it', () => {
  const { inImage } = setup();
  const [entrypoint] = inImage(Keyword.ENTRYPOINT) as Entrypoint[];

  expect(entrypoint?.getJSONStrings().map((one) => JSON.parse(one.getValue()) as unknown)).toEqual([
    'carillon',
  ]);
  expect(inImage(Keyword.RUN).map((one) => one.getArgumentsContent())).toEqual([
    '["/bin/ln", "-s", "/app/apps/cli/bin/carillon", "/usr/local/bin/carillon"]',
  ]);
  expect(readRepositoryFile('apps/cli/bin/carillon')).toMatch(/^exec "\$node" /m);
  expect(inImage(Keyword.STOPSIGNAL).map((one) => one.getArgumentsContent())).toEqual(['SIGTERM']);
});

test('what is copied exists, and .dockerignore lets it in', () => {
  const { dockerfile } = setup();
  const allowed = readRepositoryFile('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const sources = dockerfile
    .getCOPYs()
    .filter((copy: Copy) => copy.getFlags().every((flag) => flag.getName() !== 'from'))
    .flatMap((copy: Copy) => copy.getArguments().slice(0, -1).map(String));

  expect(new Set(sources)).toEqual(new Set(allowed));
  expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
});

test('the health check asks the ops listeners of the example configuration', () => {
  const { dockerfile } = setup();
  const config = parse(readRepositoryFile('deploy/configuration/carillon.yaml')) as Record<
    'ingress' | 'worker',
    { ops_listen: string }
  >;
  const check = dockerfile.getHEALTHCHECKs()[0]?.getArgumentsContent() ?? '';

  const ports = [...check.matchAll(/http:\/\/127\.0\.0\.1:(\d+)\/health/g)].map(([, port]) => port);
  expect(ports).toEqual(
    [config.ingress, config.worker].map(({ ops_listen: address }) => address.split(':')[1]),
  );
});
