import { commonAppSettings, type ProviderModule } from '@carillon/core';
import { z } from 'zod';
import type { Place } from '../problems/unknown-key.ts';

/** What the configuration needs to know of a provider. Every `ProviderModule` is one. */
export type AppType = Pick<ProviderModule, 'types' | 'shape' | 'check' | 'obsoleteKeys'>;

/** The keys of an app's entry: its type, those that every app has, and those of its provider. */
export function appEntrySchema({ types, shape }: AppType) {
  const [, ...aliases] = types;
  const alias =
    aliases.length === 0 ? '' : `; ${aliases.map((name) => `\`${name}\``).join(', ')} means the same`;
  return z.strictObject({
    type: z.enum(types).describe(`The provider${alias}.`),
    ...commonAppSettings,
    ...shape,
  });
}

/** Where the settings of apps belong, for messages. */
export function appPlaces(appTypes: readonly AppType[]): readonly Place[] {
  return [
    { name: 'the entry of an app under apps', keys: ['type', ...Object.keys(commonAppSettings)] },
    ...appTypes.map(({ types, shape }) => ({ name: `apps of type ${types[0]}`, keys: Object.keys(shape) })),
  ];
}
