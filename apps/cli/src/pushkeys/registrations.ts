import { createAppMatcher, isGlob, withAddress, type ProviderModule } from '@carillon/core';
import type { NamedRegistration } from '@carillon/queue';
import { OperatorError, type AppConfig } from '@carillon/runtime';
import { spellingsOf } from './spellings.ts';

/** A pushkey as an operator names it. */
export interface NamedPushkey {
  readonly pushkey: string;
  /** Undefined for every app that is configured by its own name. */
  readonly appId?: string;
  /** Of a browser: with Web Push, a registration is told by its endpoint, too. */
  readonly endpoint?: string;
}

/**
 * The registrations that may be meant: of each app and each spelling. Throws an `OperatorError` for an app id that no app
 * has.
 */
export function registrationsOf(
  { pushkey, appId, endpoint }: NamedPushkey,
  apps: readonly AppConfig[],
  providers: readonly ProviderModule[],
): readonly NamedRegistration[] {
  const matcher = createAppMatcher(apps);
  const appIds = appId === undefined ? apps.flatMap(({ name }) => (isGlob(name) ? [] : [name])) : [appId];
  const data = endpoint === undefined ? {} : { data: { endpoint } };
  return appIds.flatMap((id) => {
    const match = matcher.match(id);
    if (match.kind !== 'found')
      throw new OperatorError(`No app of the configuration has the app_id ${id}`, {
        cure: `choose among ${apps.map(({ name }) => name).join(', ')}`,
        exit: 'usage',
      });
    const provider = providers.find(({ types }) => types[0] === match.app.type);
    return spellingsOf(pushkey, apps, providers).map((spelling) => {
      const device = { appId: id, pushkey: spelling, ...data };
      return { app: match.app.name, device: withAddress(device, provider?.address?.(device)) };
    });
  });
}

/** What cannot be found by the pushkey alone, and is not named. */
export function hiddenNotes(
  { appId, endpoint }: NamedPushkey,
  apps: readonly AppConfig[],
): readonly string[] {
  const globs = apps.flatMap(({ name }) => (isGlob(name) && appId === undefined ? [name] : []));
  const hasBrowsers = apps.some(({ type }) => type === 'webpush') && endpoint === undefined;
  return [
    ...(globs.length === 0
      ? []
      : [`of ${globs.join(', ')} only what waits was looked at: name the app_id with --app-id for the rest`]),
    ...(hasBrowsers
      ? [
          "of browsers only what waits was looked at: name the registration's endpoint with --endpoint for the rest",
        ]
      : []),
  ];
}
