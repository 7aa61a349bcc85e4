import { commonAppSettings } from '@carillon/core';
import type { AppType } from './app-type.ts';
import { appJsonSchema, settingsJsonSchema, type JsonSchema } from './json-schema.ts';

/** Every setting with its form, default and meaning, as Markdown for `docs/configuration.md`. */
export function configReference(appTypes: readonly AppType[]): string {
  const settings = settingsJsonSchema();
  const tables = properties(settings).map(([name, schema]) =>
    table(`\`${name}\``, schema.properties === undefined ? '' : schema.description, rows(settings, name)),
  );
  const apps = appTypes.map((appType) => {
    const schema = appJsonSchema(appType);
    const names = ['type', ...Object.keys(commonAppSettings), ...Object.keys(appType.shape)];
    return table(
      `Apps of type \`${appType.types[0]}\``,
      '',
      names.flatMap((name) => rows(schema, name)),
    );
  });
  return [...tables, ...apps].join('\n');
}

function table(title: string, description: string | undefined, lines: readonly string[]): string {
  return [
    `### ${title}`,
    '',
    ...(description === undefined || description === '' ? [] : [description, '']),
    '| key | form | default | meaning |',
    '|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

/** The row of a key, or those of the keys inside it. */
function rows(parent: JsonSchema, name: string, prefix = ''): readonly string[] {
  const schema = parent.properties?.[name] ?? {};
  const path = `${prefix}${name}`;
  if (schema.properties !== undefined)
    return Object.keys(schema.properties).flatMap((key) => rows(schema, key, `${path}.`));
  const cells = [
    `\`${path}\``,
    form(schema),
    fallback(schema, parent.required?.includes(name) ?? false),
    schema.description ?? '',
  ];
  return [`| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`];
}

function properties(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  return Object.entries(schema.properties ?? {});
}

const forms: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true` or `false`',
  object: 'map',
  array: 'list',
};

function form(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items !== undefined) return `list of ${form(schema.items)}`;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(form))].join(' or ');
  return forms[schema.type ?? ''] ?? 'any';
}

function fallback(schema: JsonSchema, required: boolean): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default).replace(/^"|"$/g, '')}\``;
  return required ? 'required' : 'none';
}
