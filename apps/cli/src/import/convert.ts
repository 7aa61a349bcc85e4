import { isYamlMap } from '@carillon/runtime';
import { appRules } from './app-rules.ts';
import type { Note, Rules, Setting, Taken } from './note.ts';
import { listeners, mapOf, sectionRules } from './section-rules.ts';

/** What Sygnal's file becomes. */
export interface Converted {
  /** At least one for each value of the file: nothing is lost in silence. */
  readonly notes: readonly Note[];
  readonly settings: readonly Setting[];
  readonly apps: readonly ConvertedApp[];
}

export interface ConvertedApp {
  readonly name: string;
  /** Undefined for an app of a type that only Sygnal has. */
  readonly type: string | undefined;
  readonly settings: readonly Setting[];
  readonly hints: readonly string[];
}

export function convert(sygnal: Readonly<Record<string, unknown>>): Converted {
  const notes: Note[] = [];
  const settings: Setting[] = [...listeners(sygnal)];
  const { apps, ...sections } = sygnal;
  takeBy(sectionRules, sections, '', notes, settings);

  const converted = Object.entries(mapOf(apps)).map(([name, entry]) => convertApp(name, entry, notes));
  if (converted.length === 0)
    notes.push({ kind: 'decide', path: 'apps', text: 'there is no app: neither starts without one' });
  notes.push({
    kind: 'decide',
    path: 'redis.url',
    text: 'Carillon needs a Redis, which Sygnal does not: write where yours is (docs/operations.md)',
  });
  return { notes, settings, apps: converted };
}

function convertApp(name: string, entry: unknown, notes: Note[]): ConvertedApp {
  const path = `apps.${name}`;
  if (!isYamlMap(entry)) {
    notes.push({ kind: 'decide', path, text: 'is no map of settings; left out' });
    return { name, type: undefined, settings: [], hints: [] };
  }
  const { type, ...keys } = entry;
  const rules = typeof type === 'string' && Object.hasOwn(appRules, type) ? appRules[type] : undefined;
  if (rules === undefined) {
    const text =
      typeof type === 'string' && type.includes('.')
        ? 'is a class of your own, in Python: it has no counterpart, and the app is left out'
        : 'is no type that Sygnal has; the app is left out';
    for (const at of leaves(entry, path))
      notes.push({ kind: at === `${path}.type` ? 'decide' : 'none', path: at, text });
    if (type === undefined) notes.push({ kind: 'decide', path, text: 'has no type; left out' });
    return { name, type: undefined, settings: [], hints: [] };
  }
  const settings: Setting[] = [];
  notes.push({
    kind: 'same',
    path: `${path}.type`,
    text: rules.type === type ? 'the same' : `is called ${rules.type} here`,
  });
  takeBy(rules.rules, keys, path, notes, settings);
  for (const { key, ...taken } of rules.always(keys))
    add(taken, key === '' ? path : `${path}.${key}`, notes, settings);
  if (/[*?]/.test(name))
    notes.push({
      kind: 'same',
      path,
      text: 'a glob, as at Sygnal: an exact name wins; two globs that overlap are an error here',
    });
  return { name, type: rules.type, settings, hints: rules.hints };
}

/** Goes down until a rule takes what is there; what none takes is told. */
function takeBy(
  rules: Rules,
  keys: Readonly<Record<string, unknown>>,
  path: string,
  notes: Note[],
  settings: Setting[],
): void {
  const inner = (key: string, above: string) => (above === '' ? key : `${above}.${key}`);
  const walk = (value: unknown, ruleName: string, at: string): void => {
    const rule = Object.hasOwn(rules, ruleName) ? rules[ruleName] : undefined;
    if (rule !== undefined) {
      const whole = rule(value);
      // Keys beneath it that have rules of their own are taken by those.
      const deeper = Object.keys(rules).some((name) => name.startsWith(`${ruleName}.`));
      if (!deeper || !isYamlMap(value)) {
        for (const leaf of leaves(value, at)) notes.push({ kind: whole.kind, path: leaf, text: whole.text });
        settings.push(...(whole.set ?? []));
        return;
      }
    }
    if (isYamlMap(value) && Object.keys(value).length > 0 && hasRuleBeneath(rules, ruleName))
      for (const [key, one] of Object.entries(value)) walk(one, inner(key, ruleName), inner(key, at));
    else {
      const text =
        value === null || isYamlMap(value)
          ? 'is empty'
          : 'Sygnal does not know it, and neither does Carillon';
      for (const leaf of leaves(value, at))
        notes.push({ kind: 'none', path: leaf, text: restOf(rules, ruleName, value) ?? text });
    }
  };
  for (const [key, value] of Object.entries(keys)) walk(value, key, inner(key, path));
}

const hasRuleBeneath = (rules: Rules, name: string) =>
  Object.keys(rules).some((one) => one.startsWith(`${name}.`));

/** What the rule of the map around it says of a key without a rule of its own. */
function restOf(rules: Rules, ruleName: string, value: unknown): string | undefined {
  const above = ruleName.split('.').slice(0, -1).join('.');
  return Object.hasOwn(rules, above) ? rules[above]?.(value).text : undefined;
}

function add({ kind, text, set = [] }: Taken, path: string, notes: Note[], settings: Setting[]): void {
  notes.push({ kind, path, text });
  settings.push(...set);
}

/** The path of every value that stands in the file; a list counts as one value. */
export function leaves(value: unknown, path: string): readonly string[] {
  if (!isYamlMap(value) || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}
