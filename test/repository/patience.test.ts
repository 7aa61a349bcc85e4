import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';

const files = globSync('{apps,packages,script,test}/**/*.test.ts', {
  cwd: root,
  exclude: ['**/node_modules/**'],
});

/** Time limits of a test, a poll or a wait, and pauses. */
const limits = [/\btimeout: \d[\d_]+ ?[,}]/, /\bvi\.waitFor\(/, /^\}, \d[\d_]+\);$/m, /\bsleep\(/];

test('no test has a time limit of its own: those of vitest.config.ts hold on a busy machine', () => {
  expect(files.length).toBeGreaterThan(200);
  const own = files.filter((file) => {
    const text = readRepositoryFile(file);
    return file !== 'test/repository/patience.test.ts' && limits.some((limit) => limit.test(text));
  });
  expect(own).toEqual([]);
});
