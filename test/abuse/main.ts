import { parseArgs } from 'node:util';
import { attacks } from './attacks.ts';
import { measure, type Result } from './measure.ts';
import { missed, table } from './report.ts';
import { startSite } from './site.ts';

/**
 * What strangers can do, each attack beside real traffic and with its bar. See docs/abuse.md.
 *
 *   npm run abuse -- [--only NAME,…] [--seconds N] [--rate N] [--list]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '20' },
    list: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const names = values.only?.split(',');
  const chosen = attacks.filter(({ name }) => names?.includes(name) ?? true);
  const unknown = names?.filter((name) => !attacks.some((attack) => attack.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no attack ${unknown.join(', ')}; see --list`);
  if (values.list) {
    for (const { name, does } of chosen) console.log(`${name.padEnd(20)} ${does}`);
    return 0;
  }
  const attackMs = Number(values.seconds) * 1_000;
  const rules = { rate: Number(values.rate), quietMs: 8_000, attackMs, afterMs: 10_000, unnoticedMs: 400 };
  const results: Result[] = [];
  for (const attack of chosen) {
    console.log(`${attack.name}: a stranger ${attack.does}`);
    await using site = await startSite();
    const result = await measure(site, attack, rules);
    results.push(result);
    for (const line of missed([result])) console.log(`  ${line}`);
  }
  console.log(`\n${table(results)}\n`);
  const failed = missed(results);
  console.log(failed.length === 0 ? 'Every bar was held.' : failed.join('\n'));
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
