import { parseArgs } from 'node:util';
import { faultNames, faultOf } from './faults.ts';
import { failures, table } from './report.ts';
import { line, runChaos } from './run-chaos.ts';
import { planFaults, readWantedFaults } from './schedule.ts';

/**
 * Faults over a steady load, and a ledger of what was promised and what rang. See docs/reliability.md.
 *
 *   npm run chaos -- [--seed N] [--duration SECONDS] [--rate N] [--faults NAME[:EVERY[:LASTS]],…] [--sick apns|fcm]
 *                    [--patience SECONDS] [--long] [--plan]
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    duration: { type: 'string' },
    rate: { type: 'string', default: '100' },
    faults: { type: 'string' },
    sick: { type: 'string', default: 'apns' },
    patience: { type: 'string' },
    long: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const short = {
  duration: 20,
  faults: 'worker-kill:4,ingress-kill:4,redis-kill:8,provider-cuts',
  patience: 60,
};
const long = { duration: 600, faults: 'all', patience: 600 };
const usual = values.long ? long : short;

const help = `npm run chaos -- [options]

  --seed N               the same seed gives the same schedule (1)
  --duration SECONDS     of the load (${short.duration})
  --rate N               notifies a second (100)
  --faults LIST          NAME[:EVERY[:LASTS]],… in seconds, or "all" (${short.faults})
  --sick apns|fcm        whose app the faults of providers hit (apns)
  --patience SECONDS     for the backlog at the end (${short.patience})
  --long                 ${long.duration / 60} minutes of all faults
  --plan                 print the schedule, and do nothing

${faultNames.map((name) => `  ${name.padEnd(18)} ${faultOf(name).meaning}`).join('\n')}
`;

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const seed = wholeNumber('seed', values.seed);
  const durationMs = wholeNumber('duration', values.duration ?? String(usual.duration)) * 1_000;
  const sick = values.sick === 'fcm' ? 'fcm' : 'apns';
  const faults = planFaults(seed, durationMs, readWantedFaults(values.faults ?? usual.faults));
  console.log(`seed ${seed}, ${durationMs / 1_000} s, ${values.rate} notifies/s, ${faults.length} faults\n`);
  for (const planned of faults) console.log(line(planned));
  if (values.plan) return 0;

  console.log('');
  const result = await runChaos({
    seed,
    durationMs,
    rate: wholeNumber('rate', values.rate),
    sick,
    faults,
    patienceMs: wholeNumber('patience', values.patience ?? String(usual.patience)) * 1_000,
    say: (text) => console.log(text),
  });
  console.log(`\n${table(result)}\n`);
  const failed = failures(result);
  console.log(failed.length === 0 ? 'Every promise was kept.' : failed.join('\n'));
  return failed.length === 0 ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${name} must be a whole number, not "${text}"`);
  return number;
}

process.exitCode = await main();
