import { isIP } from 'node:net';

/**
 * Whether a private listener answers to the name in `Host`. A web page can have a name of its own lead to any address that its
 * reader's browser reaches (DNS rebinding), and would read the listener through that browser; so names count, and only these:
 *
 * - addresses, `localhost` and what ends in `.localhost`: no page has them for a name of its own;
 * - names without a dot, such as those of a container's network: no page on the internet has one;
 * - those that the operator allows.
 *
 * No `Host` at all is HTTP/1.0, which no browser speaks.
 */
export function createHostCheck(allowed: readonly string[]): (host: string | undefined) => boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return (host) => {
    if (host === undefined) return true;
    const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
    if (bracketed !== undefined) return isIP(bracketed) === 6;
    const name = plain?.toLowerCase().replace(/\.$/, '');
    if (name === undefined || name === '') return false;
    return isIP(name) === 4 || !name.includes('.') || name.endsWith('.localhost') || names.has(name);
  };
}
