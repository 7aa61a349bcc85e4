import { defineConfig } from 'oxlint';
import { importBorders } from './script/lint/import-borders.ts';

/**
 * Whole categories are on; what is off says why. To turn a rule off in one place, write the reason on the line:
 * `// oxlint-disable-next-line RULE -- REASON`. A comment that silences nothing is an error itself.
 */
export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error', denyWarnings: true },
  env: { node: true, es2024: true },
  ignorePatterns: ['node_modules', 'coverage'],
  rules: {
    // Promises and outcomes
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'array-callback-return': 'error',

    // Types prove things; nothing gets around them unseen
    'typescript/ban-ts-comment': 'error',
    'typescript/no-deprecated': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-function-type': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/restrict-plus-operands': 'error',

    // Modules
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'import/no-duplicates': 'error',
    'import/no-mutable-exports': 'error',
    'typescript/consistent-type-exports': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-require-imports': 'error',
    'unicorn/prefer-node-protocol': 'error',

    // House style
    'default-case-last': 'error',
    eqeqeq: 'error',
    'max-lines': ['error', { max: 350 }],
    'no-console': 'error',
    'no-else-return': 'error',
    'no-lonely-if': 'error',
    'no-param-reassign': 'error',
    'no-var': 'error',
    'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
    'node/no-process-env': 'error',
    'object-shorthand': 'error',
    'prefer-const': 'error',
    'prefer-template': 'error',
    'typescript/array-type': ['error', { default: 'array' }],
    'typescript/consistent-type-definitions': 'error',
    'typescript/prefer-includes': 'error',
    'typescript/prefer-readonly': 'error',
    'unicorn/filename-case': 'error',
    'unicorn/no-array-for-each': 'error',
    'unicorn/no-process-exit': 'error',
    'unicorn/prefer-date-now': 'error',
    'unicorn/prefer-string-slice': 'error',
    'unicorn/throw-new-error': 'error',

    // Vitest's expect takes a message for the failure as well
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/no-restricted-vi-methods': [
      'error',
      {
        mock: 'Our own modules are never mocked; a fake stands in for the outside world (test/fakes).',
        doMock: 'Our own modules are never mocked; a fake stands in for the outside world (test/fakes).',
      },
    ],
    'vitest/no-identical-title': 'error',

    // Off, though their categories are on
    'no-await-in-loop': 'off', // one after the other is often the point: stopping in order, taking turns
    'no-underscore-dangle': 'off', // a leading underscore marks a parameter that is not used
    'oxc/no-map-spread': 'off', // values are readonly here, so a changed one is a copy
    'typescript/no-unsafe-type-assertion': 'off', // `as` after a check is how unknown JSON becomes a type
    'unicorn/consistent-function-scoping': 'off', // a small function may stand beside its only use
  },
  overrides: [
    ...importBorders(),
    {
      files: ['*.config.ts'],
      rules: {
        'import/no-default-export': 'off', // the tools ask for it
      },
    },
    {
      files: ['deploy/grafana/source/render.ts'],
      rules: {
        'typescript/no-deprecated': 'off', // the older schema is the one that every Grafana reads from files
        'unicorn/no-array-sort': 'off', // the SDK's builders have a method of that name
      },
    },
    {
      files: ['**/*.{test,testing}.ts', 'test/**/*.ts'],
      rules: {
        'max-lines': 'off', // a long list of cases reads better in one file
        'typescript/no-unsafe-assignment': 'off', // the matchers of expect and the values of once are `any`
      },
    },
    {
      // Plain JavaScript without types, for a browser, and for a Node that is too old for TypeScript.
      files: ['apps/cli/bin/*.mjs', 'apps/console/src/browser/*.js', 'script/*.mjs'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    {
      files: ['apps/console/src/browser/*.js'],
      env: { browser: true, node: false },
    },
    {
      files: ['{apps/cli/src,deploy,script,test}/**/*.ts'],
      rules: {
        'no-console': 'off', // their output is for a person at a terminal
        'node/no-process-env': 'off', // programs and tests meet the environment; the packages get configuration
      },
    },
  ],
});
