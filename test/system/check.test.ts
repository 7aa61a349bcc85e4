import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { startProgram } from '../installation/process.ts';

interface Report {
  readonly exit_code: number;
  readonly findings: readonly { readonly check: string; readonly status: string; readonly detail: string }[];
}

/** Runs `carillon check --json` to its end: the exit code and the report, which has to be all that it prints. */
async function check(configPath: string) {
  await using program = startProgram('script/carillon', ['check', '--json', '--config', configPath]);
  const exit = await program.ended;
  const report = JSON.parse(program.lines.join('\n')) as Report;
  const statusOf = (name: string) =>
    report.findings.filter((one) => one.check === name).map((one) => one.status);
  return { exit, report, statusOf };
}

test('a check of a running installation finds it well, sees its worker come and go, and rings nobody', async () => {
  await using installation = await startInstallation();
  const { program } = await installation.startWorker();

  // The worker says that it takes its queues right after it has said that it has started.
  await expect.poll(async () => (await check(installation.configPath)).statusOf('workers')).toEqual(['good']);
  const well = await check(installation.configPath);
  expect(well.report.findings.filter(({ status }) => status === 'bad')).toEqual([]);
  expect(well.statusOf('dry_run')).toEqual(['good']);
  expect([well.exit, well.report.exit_code]).toEqual([0, 0]);

  program.kill('SIGTERM');
  await program.ended;
  const alone = await check(installation.configPath);
  expect(alone.statusOf('workers')).toEqual(['warning']);
  expect(alone.exit).toBe(0);

  await installation.redis.kill();
  const down = await check(installation.configPath);
  expect(down.statusOf('redis')).toEqual(['bad']);
  expect(down.statusOf('dry_run')).toEqual(['good']);
  expect([down.exit, down.report.exit_code]).toEqual([69, 69]);
});
