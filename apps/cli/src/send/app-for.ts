import { createAppMatcher, isGlob } from '@carillon/core';
import { OperatorError, type AppConfig } from '@carillon/runtime';

/** The entry of the configuration that serves this `app_id`. Throws an `OperatorError` where there is not one. */
export function appFor(apps: readonly AppConfig[], appId: string): AppConfig {
  if (isGlob(appId)) {
    const cure = 'give the app_id that the client registers';
    throw new OperatorError(`--app ${appId} is a glob, and no app_id that can be sent`, {
      cure,
      exit: 'usage',
    });
  }
  const match = createAppMatcher(apps).match(appId);
  switch (match.kind) {
    case 'found':
      return match.app;
    case 'unknown':
      throw new OperatorError(`No app of the configuration has the app_id ${appId}`, {
        cure: `choose among ${apps.map(({ name }) => name).join(', ')}`,
        exit: 'usage',
      });
    case 'ambiguous':
      throw new OperatorError(`More than one glob under \`apps\` matches the app_id ${appId}`, {
        cure: 'add an entry with this exact name, or narrow the globs',
        exit: 'configuration',
      });
    default:
      return match satisfies never;
  }
}
