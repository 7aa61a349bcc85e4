import { BlockList, isIPv6 } from 'node:net';

/** Whether an address is among some. IPv4 that is mapped into IPv6 counts as what it is. */
export type AddressRanges = (address: string) => boolean;

/** `ranges`: addresses and CIDRs. */
export function createAddressRanges(ranges: readonly string[]): AddressRanges {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (text) => {
    const address = text.replace(/^::ffff:(?=[\d.]+$)/i, '');
    return address !== '' && list.check(address, familyOf(address));
  };
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
