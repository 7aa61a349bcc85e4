/** One check: a script of package.json, run to its end whatever the ones before it did. */
export interface Step {
  readonly name: string;
  /** The script's name in package.json. */
  readonly script: string;
  /** The Vitest project to run, whose tests are counted; for the script `test`. */
  readonly project?: string;
  /** True for what is quick enough to run before each commit. */
  readonly quick?: true;
}

export const steps: readonly Step[] = [
  { name: 'format', script: 'format:check', quick: true },
  { name: 'lint', script: 'lint', quick: true },
  { name: 'types', script: 'typecheck', quick: true },
  { name: 'dead code', script: 'deadcode', quick: true },
  { name: 'unit tests', script: 'test', project: 'unit', quick: true },
  { name: 'repository tests', script: 'test', project: 'repository' },
  { name: 'system tests', script: 'test', project: 'system' },
  { name: 'image', script: 'image' },
];
