import { createGlob } from '@carillon/core';
import { nearestWord, OperatorError, type AppConfig } from '@carillon/runtime';

/** The entry of this name. Throws an `OperatorError` with what was most likely meant. */
export function appNamed(apps: readonly AppConfig[], name: string): AppConfig {
  const found = apps.find((app) => app.name === name);
  if (found !== undefined) return found;
  const names = apps.map((app) => app.name);
  const near = nearestWord(name, names);
  throw new OperatorError(`No app of the configuration is named ${name}`, {
    cure: near === undefined ? `choose among ${names.join(', ')}` : `did you mean ${near}?`,
    exit: 'usage',
  });
}

/** The entries whose names match one of the globs; all for no glob. Throws an `OperatorError` when there is none. */
export function appsMatching(apps: readonly AppConfig[], globs: readonly string[]): readonly AppConfig[] {
  if (globs.length === 0) return apps;
  const matchers = globs.map(createGlob);
  const found = apps.filter(({ name }) => matchers.some((matches) => matches(name)) || globs.includes(name));
  if (found.length > 0) return found;
  throw new OperatorError(`No app of the configuration matches --app ${globs.join(', ')}`, {
    cure: `choose among ${apps.map(({ name }) => name).join(', ')}`,
    exit: 'usage',
  });
}
