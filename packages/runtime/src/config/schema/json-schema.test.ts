import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apps, redis } from '../config-text.testing.ts';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';
import { parseConfig } from '../load-config.ts';
import { configReference } from './reference.ts';
import { sampleAppTypes } from './app-types.testing.ts';

function setup() {
  const schema = configJsonSchema(sampleAppTypes);
  const { properties = {}, required = [] } = schema;
  const entry = properties['apps']?.['additionalProperties'] as JsonSchema;
  const branches = entry['allOf'] as readonly { readonly if: JsonSchema; readonly then: JsonSchema }[];
  return {
    schema,
    entry,
    branches,
    /** The settings beside the apps, as a validator of the JSON Schema sees them. */
    settings: validator({
      ...schema,
      properties: { ...properties, redis: { ...properties['redis'], oneOf: undefined }, apps: {} },
      required,
    }),
  };
}

function validator(schema: JsonSchema | undefined) {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

describe('the JSON Schema', () => {
  test('takes what the program takes, before it is converted', () => {
    const { settings } = setup();
    const written = {
      redis: { url: 'redis://127.0.0.1', key_prefix: 'push' },
      ingress: { listen: '0.0.0.0:80', max_body: '1MiB', dedup_window: '90m', trust_proxy: ['10.0.0.0/8'] },
      worker: { concurrency: 8 },
      rejections: { fuse: { share: 0.25 } },
      proxy: 'http://proxy:3128',
      log: { level: 'debug' },
      apps: {},
    };
    expect(settings.safeParse(written).error).toBeUndefined();
  });

  test.for([
    ['an unknown key', { log: { colour: 'red' } }],
    ['an unknown word', { log: { level: 'loud' } }],
    ['a duration without a unit', { rejections: { ttl: 90 } }],
    ['a number out of range', { worker: { concurrency: 0 } }],
    ['no Redis', { redis: undefined }],
  ])('refuses %s', ([, part]) => {
    const { settings } = setup();
    const written = { redis: { url: 'redis://127.0.0.1' }, apps: {}, ...(part as object) };
    expect(settings.safeParse(written).success).toBe(false);
  });

  test('asks for exactly one kind of Redis', () => {
    expect(setup().schema.properties?.['redis']?.['oneOf']).toEqual([
      { required: ['url'] },
      { required: ['cluster'] },
      { required: ['sentinel'] },
    ]);
  });

  test('judges an app by its type, aliases included', () => {
    const { entry, branches } = setup();
    expect(entry.properties?.['type']?.enum).toEqual(['bell', 'gong', 'drum']);
    expect(branches.map((branch) => branch.if.properties?.['type']?.enum)).toEqual([
      ['bell', 'gong'],
      ['drum'],
    ]);
    const drum = validator(branches[1]?.then);
    expect(drum.safeParse({ type: 'drum', project_id: 'p', max_age: '1h', ttl: '5m' }).success).toBe(true);
    expect(drum.safeParse({ type: 'drum', project_id: 'p', topic: 't' }).success).toBe(false);
    expect(drum.safeParse({ type: 'drum' }).success).toBe(false);
  });

  test('describes every setting', () => {
    const undescribed = (name: string, schema: JsonSchema): readonly string[] => [
      ...(schema.description === undefined ? [name] : []),
      ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
        undescribed(`${name}.${key}`, inner),
      ),
    ];
    const { schema, branches } = setup();
    const { apps: _, ...properties } = schema.properties ?? {};
    const all = { description: '', properties: { ...properties, ...branches[0]?.then.properties } };
    expect(undescribed('', all)).toEqual([]);
  });

  test('has the defaults as they are written in a configuration', () => {
    const { properties = {} } = configJsonSchema(sampleAppTypes);
    const defaults = Object.fromEntries(
      Object.entries(properties['ingress']?.properties ?? {}).flatMap(([key, schema]) =>
        schema.default === undefined ? [] : [[key, schema.default]],
      ),
    );
    const parse = (ingress: string) =>
      parseConfig(`${redis}\n${apps}\n${ingress}\n`, { path: '', appTypes: sampleAppTypes }).ingress;
    expect(Object.keys(defaults)).toHaveLength(12);
    expect(parse(`ingress: ${JSON.stringify(defaults)}`)).toEqual(parse(''));
  });
});

describe('the reference', () => {
  test('has a row for every setting, with its form, default and meaning', () => {
    const lines = configReference(sampleAppTypes).split('\n');
    for (const line of [
      '### `redis`',
      '| `redis.sentinel.nodes` | list of redis URL | required | URLs of the sentinels, such as `redis://10.0.0.1:26379`. |',
      '| `ingress.listen` | host:port | `0.0.0.0:8080` | Where homeservers reach the gateway. |',
      '| `ingress.max_body` | size | `256KiB` | The largest request body; a larger one is answered 413. |',
      '| `ingress.trust_proxy` | list of address or CIDR | `[]` | Addresses of reverse proxies whose `X-Forwarded-For` is believed. |',
      '| `rejections.fuse.share` | number | `0.5` | The share of suspects among the known registrations sent to in a window that trips the fuse; 1: never. |',
      '| `proxy` | URL | none | An HTTP CONNECT proxy that providers are reached through. |',
      '### Apps of type `bell`',
      '| `type` | `bell`, `gong` | required | The provider; `gong` means the same. |',
      '| `platform` | `production`, `sandbox` | `production` | Where it rings. |',
      '| `options` | map | none | Sent along. |',
      '### Apps of type `drum`',
      '| `version` | `v1` | `v1` | The only one. |',
      '| `ttl` | duration | `15m` | How long it is kept. |',
    ])
      expect(lines).toContain(line);
  });

  test('has the same keys as the JSON Schema', () => {
    const keysOf = (schema: JsonSchema, prefix = ''): readonly string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
        inner.properties === undefined ? [`${prefix}${key}`] : keysOf(inner, `${prefix}${key}.`),
      );
    const { schema, branches } = setup();
    const { apps: _, ...properties } = schema.properties ?? {};
    const expected = [...keysOf({ properties }), ...branches.flatMap(({ then }) => keysOf(then))];
    const rows = [...configReference(sampleAppTypes).matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);
    expect(rows).toEqual(expected);
  });
});
