import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema, configReference, metricsReference } from '@carillon/runtime';
import { format, resolveConfig } from 'prettier';
import { alertRules } from '../../deploy/alerts/rules-file.ts';
import { dashboards } from '../../deploy/grafana/source/dashboards.ts';
import { renderDashboard } from '../../deploy/grafana/source/render.ts';
import { dashboardQuestions } from './dashboard-questions.ts';
import { exitCodes } from './exit-codes.ts';
import { outcomeTables } from './outcome-tables.ts';
import { payloadExamples } from './payload-examples.ts';
import { providers } from './providers.ts';
import { retryWaits } from './retry-waits.ts';

const root = join(import.meta.dirname, '../..');

/** Paths from the root, and the texts that belong there, formatted as the repository's other files are. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const appTypes = providers.map(({ module }) => module);
  const texts = new Map([
    ['carillon.schema.json', JSON.stringify(configJsonSchema(appTypes))],
    ['deploy/alerts/carillon.rules.yml', alertRules()],
    ['docs/configuration.md', page('configuration.md', { reference: configReference(appTypes) })],
    ['docs/metrics.md', page('metrics.md', { reference: metricsReference() })],
    [
      'docs/outcomes.md',
      page('outcomes.md', {
        answers: outcomeTables(providers),
        'retry-waits': retryWaits(),
        'exit-codes': exitCodes(),
      }),
    ],
    ['docs/observability.md', page('observability.md', { panels: dashboardQuestions() })],
    ['docs/payloads.md', page('payloads.md', { examples: payloadExamples(providers) })],
    ...Object.entries(dashboards).map(
      ([name, plan]) => [`deploy/grafana/dashboards/${name}`, JSON.stringify(renderDashboard(plan))] as const,
    ),
  ]);
  const formatted = await Promise.all(
    [...texts].map(async ([path, text]) => [path, await formattedAs(path, text)] as const),
  );
  return new Map(formatted);
}

/** A template of this folder with the parts in the places that it keeps for them: `<!-- insert: NAME -->`. */
function page(template: string, parts: Readonly<Record<string, string>>): string {
  const path = `script/generate/templates/${template}.template`;
  const text = readFileSync(join(root, path), 'utf8');
  const unused = new Set(Object.keys(parts));
  const filled = text.replaceAll(/<!-- insert: ([\w-]+) -->/g, (place, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (part === undefined) throw new Error(`${path} has a place for ${name}, which is not made: ${place}`);
    unused.delete(name);
    return part;
  });
  if (unused.size > 0) throw new Error(`${path} has no place for ${[...unused].join(', ')}`);
  return `<!-- Made by \`npm run generate\` of ${path} and the code: change those. -->\n\n${filled}`;
}

async function formattedAs(path: string, text: string): Promise<string> {
  const filepath = join(root, path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
