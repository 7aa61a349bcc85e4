import type { z } from 'zod';
import { pathText, type ConfigPath, type ConfigProblem } from './config-error.ts';
import { nearestWord } from './nearest-word.ts';
import { isYamlMap, type YamlSource } from './yaml-source.ts';

export interface CheckContext {
  readonly source: YamlSource;
  /** Where the checked value stands. */
  readonly at: ConfigPath;
  readonly unknownKey: (key: string, path: ConfigPath) => string;
}

export type Checked<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Checks a value and says what is wrong with it in words for the person who wrote the file. */
export function checkValue<S extends z.ZodType>(
  schema: S,
  value: unknown,
  { source, at, unknownKey }: CheckContext,
): Checked<z.output<S>> {
  const result = schema.safeParse(value, { error: plainMessage });
  if (result.success) return { ok: true, data: result.data };
  const problems = result.error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => source.problem([...at, ...path, key], unknownKey(key, path)));
    const found = valueAt(value, path);
    const quotes = isBareScalar(found) && passesAsText(schema, value, path, found);
    const hint = quotes ? `; put it in quotes, or YAML reads it as a ${typeof found}` : '';
    return [source.problem([...at, ...path], `${issueText(issue, found)}${hint}`)];
  });
  return { ok: false, problems };
}

/** Messages for rules whose schema says nothing itself. Never quotes the value. */
function plainMessage(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return `must ${sizeVerb(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${sizeUnit(issue.origin)}`;
  if (issue.code === 'too_big')
    return `must ${sizeVerb(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${sizeUnit(issue.origin)}`;
  return 'is not in the right form';
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function sizeVerb(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'have' : 'be';
}

function sizeUnit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' elements' : '';
}

function issueText(issue: z.core.$ZodIssue, value: unknown): string {
  const { message } = issue;
  if (value === undefined) return message.startsWith('must ') ? `is missing; it ${message}` : message;
  if (value === null) return `has no value; it ${message}, or leave out the line`;
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearestWord(value, issue.values.map(String));
    return near === undefined ? message : `${message}; did you mean ${near}?`;
  }
  return message;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let here = value;
  for (const part of path) {
    if (Array.isArray(here)) here = here[Number(part)];
    else here = isYamlMap(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  }
  return here;
}

function isBareScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** Whether quotes around the value are all that is missing. */
function passesAsText(schema: z.ZodType, value: unknown, path: ConfigPath, found: number | boolean): boolean {
  const { error } = schema.safeParse(withValueAt(value, path, String(found)));
  return !error?.issues.some((issue) => pathText(issue.path.map(String)) === pathText(path.map(String)));
}

function withValueAt(value: unknown, [part, ...rest]: ConfigPath, inner: unknown): unknown {
  if (part === undefined) return inner;
  if (Array.isArray(value))
    return value.map((element: unknown, index) =>
      index === part ? withValueAt(element, rest, inner) : element,
    );
  return isYamlMap(value) ? { ...value, [part]: withValueAt(value[part], rest, inner) } : value;
}
