import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` (the code, each file with its real sockets and fakes), `repository` (the tree itself:
 * scripts, container files, import directions) and `system` (whole processes against each other).
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    // CI and developers have two cores. More workers make timeouts, not speed.
    maxWorkers: 2,
    // Many times what anything takes, so that a busy machine fails no test: a limit only ends what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A test without an assertion cannot fail.
    expect: { requireAssertions: true, poll: { timeout: 60_000 } },
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    setupFiles: ['test/setup/leaked-handles.ts'],
    globalSetup: ['test/setup/leftovers.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{apps,packages}/*/src/**/*.test.ts',
            'test/{chaos,demo,fakes,golden,installation,setup}/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'repository',
          include: ['{test/repository,script}/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 400_000,
          expect: { requireAssertions: true, poll: { timeout: 180_000 } },
        },
      },
    ],
  },
});
