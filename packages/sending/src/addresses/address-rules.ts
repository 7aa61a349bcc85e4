import { BlockList, isIP, isIPv6 } from 'node:net';

/** Which addresses a client can make us connect to. */
export interface AddressRules {
  /** `address` is an IP address as a resolver or `net` writes it; anything else is forbidden. */
  allows(address: string): boolean;
}

/**
 * IPv4 that is not the public internet's, or not one machine's (IANA IPv4 Special-Purpose Address Registry):
 * this network, private, shared by carriers (CGNAT), loopback, link-local (cloud metadata), protocol assignments,
 * documentation, relays (AMT, 6to4), benchmarks, multicast, reserved and broadcast.
 */
const forbiddenIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Prefixes of 96 bits in front of an IPv4 address: IPv4-mapped, and NAT64 as it is well known (RFC 6052). */
const embeddingPrefixes = ['::ffff:', '64:ff9b::'] as const;

/** All IPv6 that is the internet's; loopback, unique local, link-local, multicast and the rest lie outside. */
const globalIpv6 = '2000::/3';

/** Within it: Teredo, ORCHID, benchmarks (2001::/23), documentation, 6to4 with its hidden IPv4 address. */
const forbiddenIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

/** `extra`: CIDRs that may be reached although they are forbidden above. */
export function createAddressRules(extra: readonly string[]): AddressRules {
  const exempt = new BlockList();
  for (const cidr of extra) addSubnet(exempt, cidr);
  const permitted = new BlockList();
  addSubnet(permitted, globalIpv6);
  addSubnet(permitted, '0.0.0.0/0');
  const forbidden = new BlockList();
  for (const cidr of forbiddenIpv6) addSubnet(forbidden, cidr);
  for (const cidr of forbiddenIpv4) addSubnet(forbidden, cidr);
  for (const prefix of embeddingPrefixes) {
    addSubnet(permitted, `${prefix}0.0.0.0/96`);
    for (const cidr of forbiddenIpv4) {
      const [network = '', bits = ''] = cidr.split('/');
      addSubnet(forbidden, `${prefix}${network}/${96 + Number(bits)}`);
    }
  }

  return {
    allows(address) {
      const family = isIP(address);
      if (family === 0) return false;
      const type = family === 6 ? 'ipv6' : 'ipv4';
      if (exempt.check(address, type)) return true;
      return permitted.check(address, type) && !forbidden.check(address, type);
    },
  };
}

/** Whether a text is an IP address with a prefix length, such as `10.0.0.0/8` or `fd00::/8`. */
export function isCidr(text: string): boolean {
  const [network = '', bits = '', ...rest] = text.split('/');
  const family = isIP(network);
  if (family === 0 || network.includes('%') || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (family === 6 ? 128 : 32);
}

function addSubnet(list: BlockList, cidr: string): void {
  const [network = '', bits = ''] = cidr.split('/');
  list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
}
