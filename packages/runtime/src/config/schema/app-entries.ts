import { globsOverlap, isGlob, type MaxAge } from '@carillon/core';
import { appEntrySchema, appPlaces, type AppType } from './app-type.ts';
import type { ConfigProblem } from '../problems/config-error.ts';
import { nearestWord } from '../problems/nearest-word.ts';
import { checkValue } from '../problems/check-value.ts';
import { unknownKey, type Place } from '../problems/unknown-key.ts';
import { isYamlMap, type YamlSource } from '../problems/yaml-source.ts';

/** One app, checked, with the defaults filled in. */
export interface AppConfig {
  /** Its name in the configuration: an `app_id` or a glob. */
  readonly name: string;
  /** The canonical name of its provider. */
  readonly type: string;
  /** Whether its deliveries are sent, or only taken and counted. */
  readonly mode: 'live' | 'dry_run';
  /** How long a delivery of each lane is worth sending. */
  readonly maxAgeMs: MaxAge;
  /** Deliveries that may wait. */
  readonly maxBacklog: number;
  /** Bytes of Redis that they may take. */
  readonly maxBacklogBytes: number;
  /** What its provider's schema made of the other keys; its `ProviderModule` knows their types. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface AppsContext {
  readonly source: YamlSource;
  readonly appTypes: readonly AppType[];
  /** Every other map of the configuration, for keys that belong there. */
  readonly places: readonly Place[];
}

interface CheckedApps {
  readonly apps: readonly AppConfig[];
  readonly problems: readonly ConfigProblem[];
}

/** Checks what stands under `apps:`: each entry against the schema of its type, the names against each other. */
export function checkApps(value: unknown, context: AppsContext): CheckedApps {
  const { source, appTypes } = context;
  const example = `such as com.example.app with its type (${typeList(appTypes)}) and settings`;
  if (value !== undefined && value !== null && !isYamlMap(value))
    return failed(source.problem(['apps'], `must be a map of apps, ${example}`));
  const entries = Object.entries(value ?? {});
  if (entries.length === 0) return failed(source.problem(['apps'], `must hold at least one app, ${example}`));
  const checked = entries.map(([name, entry]) => checkApp(name, entry, context));
  const names = entries.map(([name]) => name);
  return {
    apps: checked.flatMap(({ apps }) => apps),
    problems: [...nameProblems(names, source), ...checked.flatMap(({ problems }) => problems)],
  };
}

function nameProblems(names: readonly string[], source: YamlSource): readonly ConfigProblem[] {
  return names.flatMap((name, index) => {
    if (!/^[^\s\p{Cc}]+$/u.test(name))
      return [source.problem(['apps', name], 'must be named by an app_id or a glob, without blanks')];
    const other = names.slice(0, index).find((earlier) => overlap(earlier, name));
    if (other === undefined) return [];
    const message = `overlaps with ${other}, since an app_id can match both; make one of them narrower`;
    return [source.problem(['apps', name], message)];
  });
}

/** An exact name wins over a glob, so only globs can be in each other's way. */
function overlap(a: string, b: string): boolean {
  return isGlob(a) && isGlob(b) && globsOverlap(a, b);
}

function checkApp(name: string, entry: unknown, context: AppsContext): CheckedApps {
  const { source, appTypes } = context;
  const at = ['apps', name];
  if (!isYamlMap(entry))
    return failed(source.problem(at, `must be a map of settings with a type (${typeList(appTypes)})`));
  const type = Object.hasOwn(entry, 'type') ? entry['type'] : undefined;
  const appType = appTypes.find(({ types }) => types.some((alias) => alias === type));
  if (appType === undefined) return failed(source.problem([...at, 'type'], typeMessage(type, appTypes)));

  const schema = appEntrySchema(appType);
  const here: Place = { name: `apps of type ${appType.types[0]}`, keys: Object.keys(schema.shape) };
  const elsewhere = [...appPlaces(appTypes), ...context.places];
  const checked = checkValue(schema, entry, {
    source,
    at,
    unknownKey: (key, path) =>
      path.length === 0
        ? unknownKey(key, here, elsewhere, appType.obsoleteKeys)
        : 'is not a setting; leave it out',
  });
  if (!checked.ok) return failed(...checked.problems);
  const {
    type: _,
    mode,
    max_age: maxAgeMs,
    max_backlog: maxBacklog,
    max_backlog_memory: maxBacklogBytes,
    ...settings
  } = checked.data;
  const problems = appType.check?.(settings) ?? [];
  if (problems.length > 0)
    return failed(...problems.map(({ key, message }) => source.problem([...at, ...key.split('.')], message)));
  return {
    apps: [{ name, type: appType.types[0], mode, maxAgeMs, maxBacklog, maxBacklogBytes, settings }],
    problems: [],
  };
}

function typeMessage(type: unknown, appTypes: readonly AppType[]): string {
  const known = `must be one of ${typeList(appTypes)}`;
  if (type === undefined) return `is missing; it ${known}`;
  const near =
    typeof type === 'string'
      ? nearestWord(
          type,
          appTypes.flatMap(({ types }) => types),
        )
      : undefined;
  return near === undefined ? known : `${known}; did you mean ${near}?`;
}

function typeList(appTypes: readonly AppType[]): string {
  return appTypes.map(({ types }) => types[0]).join(', ');
}

function failed(...problems: readonly ConfigProblem[]): CheckedApps {
  return { apps: [], problems };
}
