import { filePath } from '@carillon/core';
import { z } from 'zod';
import type { HostPort } from '../values/address.ts';
import { redisNode, redisUrl, type RedisUrl } from '../values/redis-url.ts';

/** Where Redis is; each kind is connected to in its own way. */
export type RedisServer =
  | { readonly kind: 'single'; readonly node: HostPort; readonly database: number }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
  | { readonly kind: 'sentinel'; readonly name: string; readonly nodes: readonly HostPort[] };

export interface RedisSettings {
  readonly server: RedisServer;
  /** For every connection, those to sentinels included. */
  readonly tls: boolean;
  readonly username?: string;
  /** Read with `readSecretFile` before each connection. */
  readonly passwordFile?: string;
  readonly keyPrefix: string;
}

const name = (error: string) => z.string({ error }).min(1, { error });

const nodes = (defaultPort: number) =>
  z
    .array(redisNode(defaultPort), { error: 'must be a list of URLs' })
    .min(1, { error: 'must list at least one URL' })
    .refine((urls) => new Set(urls.map(({ tls }) => tls)).size <= 1, {
      error: 'mixes redis:// and rediss://; use one of them for all',
    });

const sentinel = z.strictObject(
  {
    name: name('must be the name of the primary that the sentinels watch').describe(
      'The name of the primary that the sentinels watch.',
    ),
    nodes: nodes(26_379).describe('URLs of the sentinels, such as `redis://10.0.0.1:26379`.'),
  },
  { error: 'must be a map of name and nodes' },
);

export const redisSettings = z
  .strictObject(
    {
      url: redisUrl(6379)
        .optional()
        .describe(
          'One Redis: `redis://host:port/database`, or `rediss://…` for TLS. A user name may stand in it.',
        ),
      cluster: nodes(6379)
        .optional()
        .describe('A Redis Cluster: URLs of some of its nodes, from which the others are found.'),
      sentinel: sentinel.optional().describe('A primary that Redis Sentinel finds.'),
      username: name('must be a user name').optional().describe('The ACL user; without it the default user.'),
      password_file: filePath().optional().describe('The file that holds the password.'),
      key_prefix: z
        .string({ error: 'must be a text' })
        // No braces: they would move a queue's keys to another slot of a cluster.
        .regex(/^[\w.:-]{1,64}$/, { error: 'must be 1 to 64 letters, digits and any of . _ : -' })
        .default('carillon')
        .describe('What the name of every key in Redis begins with.'),
    },
    { error: 'must say where Redis is, such as url: redis://127.0.0.1:6379/0' },
  )
  .refine(({ url, cluster, sentinel: found }) => [url, cluster, found].filter(Boolean).length === 1, {
    error: 'must hold exactly one of url, cluster and sentinel, such as url: redis://127.0.0.1:6379/0',
  })
  .refine(({ url, username }) => url?.username === undefined || username === undefined, {
    path: ['username'],
    error: 'stands in redis.url too; keep one of the two',
  })
  .transform(({ url, cluster, sentinel: found, username = url?.username, password_file, key_prefix }) => {
    const urls = [...(url === undefined ? [] : [url]), ...(cluster ?? []), ...(found?.nodes ?? [])];
    const settings: RedisSettings = {
      server: serverOf(url, cluster, found),
      tls: urls.some(({ tls }) => tls),
      ...(username !== undefined && { username }),
      ...(password_file !== undefined && { passwordFile: password_file }),
      keyPrefix: key_prefix,
    };
    return settings;
  })
  .meta({
    description: 'Where the queue is kept. Exactly one of `url`, `cluster` and `sentinel`.',
    // For editors: the rule above, in words of JSON Schema.
    oneOf: ['url', 'cluster', 'sentinel'].map((key) => ({ required: [key] })),
  });

function serverOf(
  url: RedisUrl | undefined,
  cluster: readonly RedisUrl[] | undefined,
  found: z.output<typeof sentinel> | undefined,
): RedisServer {
  if (url !== undefined) return { kind: 'single', node: url.node, database: url.database ?? 0 };
  if (cluster !== undefined) return { kind: 'cluster', nodes: cluster.map(({ node }) => node) };
  // The refinement above leaves no other case.
  return { kind: 'sentinel', name: found?.name ?? '', nodes: (found?.nodes ?? []).map(({ node }) => node) };
}
