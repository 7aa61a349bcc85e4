import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compactJson } from './compact-json.ts';
import type { DocumentedProvider } from './providers.ts';

const root = join(import.meta.dirname, '../..');

/** What is shown of a golden file, which `test/golden/record.ts` writes. */
interface Example {
  readonly shows: string;
  readonly app: unknown;
  readonly request: { readonly notification: { readonly devices: readonly unknown[] } };
  readonly upstream: readonly unknown[];
  readonly outcome: { readonly kind: string; readonly reason: string };
}

/** Every golden file: by provider, in the order of the names. Long texts are shortened. */
export function payloadExamples(providers: readonly DocumentedProvider[]): string {
  const sections = providers.flatMap(({ title, module }) => {
    const folder = `test/golden/files/${module.types[0]}`;
    const paths = globSync(`${folder}/*.json`, { cwd: root }).toSorted();
    if (paths.length === 0) return [`## ${title}\n`, missing(folder)];
    return [`## ${title}\n`, ...paths.map((path) => section(title, path))];
  });
  // Prettier would give every field a line of its own.
  return ['<!-- prettier-ignore-start -->\n', ...sections, '<!-- prettier-ignore-end -->\n'].join('\n');
}

/** A page without them is made all the same, so that a new provider can be documented before it is recorded. */
function missing(folder: string): string {
  return `Nothing is recorded yet: ${folder} holds no golden files. Give the provider cases in test/golden and call \`npm run golden\`.\n`;
}

function section(title: string, path: string): string {
  const example = JSON.parse(readFileSync(join(root, path), 'utf8')) as Example;
  const { shows, app, request, upstream, outcome } = example;
  const sent = upstream.map((one) => `What ${title} receives:\n\n${block(one)}`);
  const end = `Nothing is sent: \`${outcome.kind}\`, \`${outcome.reason}\`.\n`;
  return [
    // The names of the cases recur with the providers; headings, which links point to, must not.
    `### ${title}: [${basename(path, '.json')}](../${path})\n`,
    `${shows}\n`,
    `The app is \`${JSON.stringify(app)}\`; the notify request:\n`,
    block(request),
    ...(sent.length > 0 ? sent : [end]),
  ].join('\n');
}

function block(value: unknown): string {
  return `\`\`\`json\n${compactJson(withShortTexts(value))}\n\`\`\`\n`;
}

function withShortTexts(value: unknown): unknown {
  const json = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? shortened(part) : part,
  );
  return JSON.parse(json) as unknown;
}

const longest = 160;
const head = 60;
const tail = 20;

/** In code points, so that no character is torn. */
function shortened(text: string): string {
  const points = Array.from(text);
  if (points.length <= longest) return text;
  const left = points.length - head - tail;
  return `${points.slice(0, head).join('')} … ${left} more … ${points.slice(-tail).join('')}`;
}
