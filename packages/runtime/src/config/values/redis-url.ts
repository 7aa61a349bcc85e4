import { z } from 'zod';
import type { HostPort } from './address.ts';

export interface RedisUrl {
  readonly node: HostPort;
  readonly tls: boolean;
  /** Absent when the URL names none. */
  readonly database?: number;
  readonly username?: string;
}

/** `redis://user@host:port/database` or `rediss://…`. What it says of a bad one never quotes it. */
export function redisUrl(defaultPort: number) {
  const error = `must be a URL such as redis://127.0.0.1:${defaultPort}, or rediss://… for TLS`;
  return z
    .string({ error })
    .transform((text, context): RedisUrl => {
      const url = URL.parse(text);
      const problem = url === null ? error : urlProblem(url, error);
      if (url === null || problem !== undefined) {
        context.addIssue({ code: 'custom', message: problem ?? error });
        return z.NEVER;
      }
      return {
        node: {
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port === '' ? defaultPort : Number(url.port),
        },
        tls: url.protocol === 'rediss:',
        ...(url.pathname.length > 1 && { database: Number(url.pathname.slice(1)) }),
        ...(url.username !== '' && { username: url.username }),
      };
    })
    .meta({ title: 'redis URL' });
}

/** One node of several, which share user and database. */
export function redisNode(defaultPort: number) {
  return redisUrl(defaultPort).superRefine(({ database, username }, context) => {
    if (username !== undefined)
      context.addIssue({ code: 'custom', message: 'takes no user name; write it in redis.username' });
    if (database !== undefined)
      context.addIssue({ code: 'custom', message: 'takes no database; leave out what follows the port' });
  });
}

function urlProblem(url: URL, error: string): string | undefined {
  if (!/^rediss?:$/.test(url.protocol) || url.hostname === '') return error;
  if (url.password !== '')
    return 'holds a password; write it into a file and name that file in redis.password_file';
  if (url.username.includes('%'))
    return 'has a user name with characters that a URL cannot hold; write it in redis.username';
  if (url.search !== '' || url.hash !== '') return 'takes no parameters; leave out what follows `?` or `#`';
  if (!/^(\/\d{0,5})?$/.test(url.pathname))
    return 'may end in the number of a database, such as /0, and in nothing else';
  return undefined;
}
