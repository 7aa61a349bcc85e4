import { checkApps, type AppConfig } from './schema/app-entries.ts';
import { appPlaces, type AppType } from './schema/app-type.ts';
import { ConfigError, type ConfigProblem } from './problems/config-error.ts';
import { settingsSchema, type Settings } from './schema/config-schema.ts';
import { deepFreeze, type Frozen } from './deep-freeze.ts';
import { settingsJsonSchema, type JsonSchema } from './schema/json-schema.ts';
import { checkValue } from './problems/check-value.ts';
import { readTextFile } from './values/text-file.ts';
import { unknownKey, type Place } from './problems/unknown-key.ts';
import { unexpandedVariables } from './problems/unexpanded-variables.ts';
import { isYamlMap, parseYaml } from './problems/yaml-source.ts';

/** The configuration of a process, complete and checked. */
export type Config = Frozen<Settings & { apps: readonly AppConfig[] }>;

export interface ConfigSource {
  readonly path: string;
  /** The providers that apps may name in `type`. */
  readonly appTypes: readonly AppType[];
}

const example = 'docs/configuration.md has one to start from';

/**
 * Reads and checks a configuration file. Throws a `ConfigError` with everything that is wrong with it. Files that
 * it names are not opened: an ingress need not have the senders' keys.
 */
export function loadConfig({ path, appTypes }: ConfigSource): Config {
  const file = readTextFile(path);
  if (file.ok) return parseConfig(file.text, { path, appTypes });
  const message = `${file.reason}; write a configuration (${example}), or name another file with --config or CARILLON_CONFIG`;
  throw new ConfigError(path, [{ path: '', message }]);
}

/** The same for a text that has been read already; `path` is for the messages only. */
export function parseConfig(text: string, { path, appTypes }: ConfigSource): Config {
  const source = parseYaml(text);
  if (!source.readable) throw new ConfigError(path, source.problems);
  if (!isYamlMap(source.value)) {
    const message = source.value === null ? `is empty; ${example}` : `must be a map of settings; ${example}`;
    throw new ConfigError(path, [...source.problems, { path: '', message }]);
  }

  const { apps: rawApps, ...rest } = source.value;
  const schema = settingsJsonSchema();
  const written = fillEmptySections(rest, schema);
  const top: Place = { name: '', keys: [...Object.keys(schema.properties ?? {}), 'apps'] };
  const places = [top, ...sectionPlaces(schema)];
  const settings = checkValue(settingsSchema, written, {
    source,
    at: [],
    unknownKey: (key, at) => {
      const here = places.find(({ name }) => name === at.join('.')) ?? top;
      return unknownKey(key, here, [...places, ...appPlaces(appTypes)]);
    },
  });
  const apps = checkApps(rawApps, { source, appTypes, places });
  const variables = unexpandedVariables(source);
  const known = new Set(variables.map(({ path: place }) => place));
  // What else is wrong with such a value would only be a riddle.
  const others = [...(settings.ok ? [] : settings.problems), ...apps.problems].filter(
    ({ path: place }) => !known.has(place),
  );
  const problems = [...source.problems, ...variables, ...others];
  if (!settings.ok || problems.length > 0)
    throw new ConfigError(path, problems, withoutProblem(apps.apps, problems));
  return deepFreeze({ ...settings.data, apps: apps.apps });
}

function withoutProblem(
  apps: readonly AppConfig[],
  problems: readonly ConfigProblem[],
): readonly AppConfig[] {
  return apps.filter(({ name }) => !problems.some(({ path }) => `${path}.`.startsWith(`apps.${name}.`)));
}

/** A section whose lines are all commented out is null in YAML, and means the defaults. */
function fillEmptySections(
  value: Readonly<Record<string, unknown>>,
  { properties = {} }: JsonSchema,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (schema?.properties === undefined) return [key, inner];
      if (inner === null) return [key, {}];
      return [key, isYamlMap(inner) ? fillEmptySections(inner, schema) : inner];
    }),
  );
}

function sectionPlaces({ properties = {} }: JsonSchema, prefix = ''): readonly Place[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    if (schema.properties === undefined) return [];
    const name = `${prefix}${key}`;
    return [{ name, keys: Object.keys(schema.properties) }, ...sectionPlaces(schema, `${name}.`)];
  });
}
