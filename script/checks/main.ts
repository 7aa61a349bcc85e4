import { runStep } from './run-step.ts';
import { steps } from './steps.ts';
import { type StepResult, summary } from './summary.ts';

/** `main.ts all` for script/test, `main.ts quick` for script/check. Ends with 1 if any step failed. */
const [mode] = process.argv.slice(2);
const chosen = mode === 'quick' ? steps.filter(({ quick }) => quick) : steps;

const results: StepResult[] = [];
for (const step of chosen) {
  console.log(`\n── ${step.name} ──`);
  results.push(await runStep(step));
}
console.log(`\n── summary ──\n${summary(results)}`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
