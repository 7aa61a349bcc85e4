import type { ProviderModule } from '@carillon/core';
import type { NamedRegistration } from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';
import { registrationsOf, type NamedPushkey } from '../pushkeys/registrations.ts';
import { spellingsOf } from '../pushkeys/spellings.ts';

/** Whose things are looked for. */
export interface Subjects {
  /** By pushkey: the app ids that are meant, or undefined for all. */
  readonly pushkeys: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  readonly registrations: readonly NamedRegistration[];
}

/** Throws an `OperatorError` for an app id that no app has. */
export function subjectsOf(
  named: readonly NamedPushkey[],
  apps: readonly AppConfig[],
  providers: readonly ProviderModule[],
): Subjects {
  const pushkeys = new Map<string, Set<string> | undefined>();
  for (const { pushkey, appId } of named)
    for (const spelling of spellingsOf(pushkey, apps, providers)) {
      const others = pushkeys.get(spelling);
      const isForAll = appId === undefined || (pushkeys.has(spelling) && others === undefined);
      pushkeys.set(spelling, isForAll ? undefined : new Set(others).add(appId));
    }
  return { pushkeys, registrations: named.flatMap((one) => registrationsOf(one, apps, providers)) };
}
