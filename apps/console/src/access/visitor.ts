import type { IncomingMessage } from 'node:http';
import type { AddressRanges } from '@carillon/runtime';
import { userPattern } from './password.ts';
import type { Sessions } from './sessions.ts';

/** Who asks. */
export interface Visitor {
  /** For the log, and for who paused an app. */
  readonly name: string;
  /** How the console knows. */
  readonly by: 'password' | 'proxy' | 'loopback';
  /** What the tokens of this visitor's forms are bound to. */
  readonly key: string;
}

/** Whom the console answers. With neither a password file nor a proxy it answers everybody who reaches the loopback address. */
export interface Doors {
  /** Absent where there is no password file. */
  readonly sessions?: Sessions;
  /** Absent where no proxy signs users in. */
  readonly proxy?: { readonly from: AddressRanges; readonly header: string };
  /** The name of the cookie: consoles on one host share its cookies, whatever their ports. */
  readonly cookie: string;
}

/** Undefined for somebody who has to sign in first. */
export function visitorOf({ headers, socket }: IncomingMessage, doors: Doors): Visitor | undefined {
  const { sessions, proxy, cookie } = doors;
  const value = cookieOf(headers.cookie ?? '', cookie);
  const user = value === undefined ? undefined : sessions?.userOf(value);
  if (user !== undefined && value !== undefined) return { name: user, by: 'password', key: value };

  if (proxy !== undefined && proxy.from(socket.remoteAddress ?? '')) {
    const named = headers[proxy.header];
    if (typeof named === 'string' && userPattern.test(named))
      return { name: named, by: 'proxy', key: `proxy ${named}` };
  }
  if (sessions !== undefined || proxy !== undefined) return undefined;
  // Without a login, what comes through a proxy comes from who knows where.
  const isPassedOn = proxyMarks.some((name) => headers[name] !== undefined);
  return isPassedOn ? undefined : { name: 'somebody on this machine', by: 'loopback', key: 'loopback' };
}

/** What proxies add to a request that they pass on. */
const proxyMarks = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

/** What somebody who is not in has to do about it. */
export function wayIn({ sessions, proxy }: Doors): string {
  if (sessions !== undefined) return 'Sign in first, and try again.';
  return proxy === undefined
    ? 'A proxy has passed this on, and the console has no login: set console.password_file or console.trust_proxy.'
    : 'The console takes visitors through its reverse proxy, which says who they are.';
}

/** The value of the session's cookie, if one is sent. */
export function cookieOf(header: string, name: string): string | undefined {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}
