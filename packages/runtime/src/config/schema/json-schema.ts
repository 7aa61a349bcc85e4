import { z } from 'zod';
import { appEntrySchema, type AppType } from './app-type.ts';
import { settingsSchema } from './config-schema.ts';

/** The parts of JSON Schema (draft 7) that describe a configuration. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** `carillon.schema.json`: what editors complete and check a configuration with. */
export function configJsonSchema(appTypes: readonly AppType[]): JsonSchema {
  const { properties, ...settings } = settingsJsonSchema();
  return {
    ...settings,
    title: 'The configuration of Carillon',
    properties: {
      ...properties,
      apps: {
        description: 'The apps, each under its `app_id` or a glob over several (`*`, `?`).',
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          type: 'object',
          properties: { type: { enum: appTypes.flatMap(({ types }) => types) } },
          required: ['type'],
          // Rather than `oneOf`, so that an editor judges an entry by its own type alone.
          allOf: appTypes.map((appType) => ({
            if: { properties: { type: { enum: appType.types } }, required: ['type'] },
            // oxlint-disable-next-line no-thenable -- the word of JSON Schema; nobody awaits it
            then: appJsonSchema(appType),
          })),
        },
      },
    },
    required: [...(settings.required ?? []), 'apps'],
  };
}

/** Everything but the apps. */
export function settingsJsonSchema(): JsonSchema {
  return toJsonSchema(settingsSchema);
}

/** The entry of an app of one type. */
export function appJsonSchema(appType: AppType): JsonSchema {
  const { $schema: _, ...schema } = toJsonSchema(appEntrySchema(appType));
  return schema;
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  // Of a setting that is converted, what may be written; not what it becomes. Checks that JSON Schema has no
  // word for are left to the program.
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as JsonSchema;
}
