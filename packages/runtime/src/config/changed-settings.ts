import { isDeepStrictEqual } from 'node:util';
import type { Config } from './load-config.ts';
import { settingsJsonSchema, type JsonSchema } from './schema/json-schema.ts';

/**
 * The settings outside of `apps` that differ, named as in the file: `ingress.max_body`, `rejections.fuse.window`.
 * Values are compared as what they mean: `60s` is `1m`.
 */
export function changedSettings(a: Config, b: Config): readonly string[] {
  const names = new Set(differences({ ...a }, { ...b }, settingsJsonSchema(), ''));
  names.delete('apps');
  return [...names];
}

type Section = Readonly<Record<string, unknown>>;

function differences(a: Section, b: Section, schema: JsonSchema, prefix: string): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
    const [before, after] = [a[key], b[key]];
    if (isDeepStrictEqual(before, after)) return [];
    const written = writtenKey(key, after);
    const inner = schema.properties?.[written];
    // What is a map in the file is a section; what became an object only inside the program is one setting.
    return inner?.properties !== undefined && isSection(before) && isSection(after)
      ? differences(before, after, inner, `${prefix}${written}.`)
      : [`${prefix}${written}`];
  });
}

/** `maxBodyBytes` → `max_body`: inside the program names say their unit. */
function writtenKey(key: string, value: unknown): string {
  // The three ways to say where Redis is become one (`redis-settings.ts`).
  if (key === 'server' && isSection(value)) return value['kind'] === 'single' ? 'url' : String(value['kind']);
  if (key === 'tls') return 'url';
  return key.replace(/(Ms|Bytes)$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
