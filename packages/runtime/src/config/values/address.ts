import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

/** Where to listen or to connect to. IPv6 addresses stand without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const hostName = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*\.?$/i;

/** `0.0.0.0:8080`, `localhost:9401`, `[::1]:9401` → host and port. Port 0 lets the system choose. */
export function listenAddress() {
  const error = 'must be host:port, such as 127.0.0.1:9401 or "[::]:8080" (in quotes)';
  return z
    .string({ error })
    .transform((text, context): HostPort => {
      const address = parseHostPort(text);
      if (address !== undefined) return address;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ title: 'host:port' });
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`: kept as it is written. */
export function addressRange() {
  const error = 'must be an IP address or a CIDR such as 10.0.0.0/8';
  return z.string({ error }).refine(isAddressRange, { error }).meta({ title: 'address or CIDR' });
}

export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  const port = Number(digits);
  if (host === undefined || port > 65_535) return undefined;
  const fits = bracketed === undefined ? isHost(host) : isIPv6(host);
  return fits ? { host, port } : undefined;
}

/** A name or an IPv4 address; four numbers that are no address are no name either. */
function isHost(host: string): boolean {
  return isIPv4(host) || (hostName.test(host) && !/^[\d.]+$/.test(host));
}

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** How an address is written in a configuration. */
export function hostPortText({ host, port }: HostPort): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
