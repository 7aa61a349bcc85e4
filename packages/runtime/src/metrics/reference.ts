import { catalogue } from './catalogue.ts';
import type { Definition, Label } from './family.ts';

/** Every metric with its type, labels and meaning, as Markdown for `docs/metrics.md`. */
export function metricsReference(): string {
  const definitions: readonly Definition[] = Object.values(catalogue);
  const rows = definitions.map(({ name, type, labels, help }) => {
    return `| \`${name}\` | ${type} | ${labels.map(labelText).join('; ')} | ${help} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function labelText({ name, values }: Label): string {
  return typeof values === 'string'
    ? `\`${name}\`: ${values}`
    : `\`${name}\`: ${values.map((value) => `\`${value}\``).join(', ')}`;
}
