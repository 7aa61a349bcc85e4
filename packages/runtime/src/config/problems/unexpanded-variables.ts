import type { ConfigPath, ConfigProblem } from './config-error.ts';
import { isYamlMap, type YamlSource } from './yaml-source.ts';

/** `${NAME}`, `$(NAME)`, or a value that is `$NAME` as a whole. */
const variable = /\$\{\w+\}|\$\(\w+\)|^\$[A-Za-z_]\w*$/;
/** What stands there is the provider's. */
const free: ReadonlySet<string | number> = new Set(['fcm_options']);

/** A problem for each value, and each name of an app, that is written as a variable of the environment: it would be taken as it is. */
export function unexpandedVariables(source: YamlSource): readonly ConfigProblem[] {
  return variablesIn(source.value, []).map((path) =>
    source.problem(
      path,
      'is written as a variable, and variables are not expanded here; write the value itself, or have the file written by a program that expands them',
    ),
  );
}

function variablesIn(value: unknown, path: ConfigPath): readonly ConfigPath[] {
  if (typeof value === 'string') return variable.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((inner, index) => variablesIn(inner, [...path, index]));
  if (!isYamlMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    free.has(key)
      ? []
      : [...(variable.test(key) ? [[...path, key]] : []), ...variablesIn(inner, [...path, key])],
  );
}
