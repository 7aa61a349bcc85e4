import type { Converted, ConvertedApp } from './convert.ts';
import type { Setting } from './note.ts';

/** The text of carillon.yaml. Values are written as JSON, which YAML includes. */
export function carillonYaml({ settings, apps }: Converted): string {
  return [
    '# Made from a configuration of Sygnal by `carillon import`, which has told what differs. Then: `carillon check`.',
    '',
    'redis:',
    '  url: redis://127.0.0.1:6379/0 # yours; it may be rediss://, a Cluster or Sentinel: docs/configuration.md',
    ...sections(settings),
    '',
    'apps:',
    ...apps.flatMap(appLines),
    '',
  ].join('\n');
}

function sections(settings: readonly Setting[]): readonly string[] {
  const top = settings.filter(({ key }) => !key.includes('.'));
  const placed = Map.groupBy(
    settings.filter(({ key }) => key.includes('.')),
    ({ key }) => key.split('.')[0] ?? '',
  );
  return [
    ...top.map((setting) => line(setting, '')),
    ...[...placed].flatMap(([section, those]) => [
      '',
      `${section}:`,
      ...those.map(({ key, ...rest }) => line({ key: key.slice(section.length + 1), ...rest }, '  ')),
    ]),
  ];
}

function appLines({ name, type, settings, hints }: ConvertedApp): readonly string[] {
  const key = /^[A-Za-z][\w.-]*$/.test(name) ? name : JSON.stringify(name);
  if (type === undefined) return [`  # ${key}: left out, since only Sygnal has its type`];
  return [
    `  ${key}:`,
    `    type: ${type}`,
    ...settings.map((setting) => line(setting, '    ')),
    ...hints.map((hint) => `    # ${hint}`),
  ];
}

function line({ key, value, comment }: Setting, indent: string): string {
  return `${indent}${key}: ${scalar(value)}${comment === undefined ? '' : ` # ${comment}`}`;
}

/** Plain where nobody could take it for something else. */
function scalar(value: unknown): string {
  const isPlain =
    typeof value === 'string' &&
    /^[A-Za-z/][\w./-]*$/.test(value) &&
    !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
