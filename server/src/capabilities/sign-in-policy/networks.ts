import { BlockList, isIPv4, isIPv6 } from 'node:net';

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Address and length of a network as `192.0.2.0/24`; an address alone is a network of one. */
function parts(network: string): { address: string; length: number } | undefined {
  const [address = '', prefix, ...more] = network.split('/');
  const isV4 = isIPv4(address);
  if (more.length > 0 || (!isV4 && (!isIPv6(address) || /[%.]/.test(address)))) return undefined;
  const longest = isV4 ? 32 : 128;
  if (prefix === undefined) return { address, length: longest };
  const length = Number(prefix);
  return /^\d{1,3}$/.test(prefix) && length <= longest ? { address, length } : undefined;
}

/** Whether it is a network in CIDR form; IPv4 written as IPv6 is none, since requests never come from one. */
export const isNetwork = (text: string): boolean => parts(text) !== undefined;

/** Whether one of the networks holds the address; none of them means everywhere. */
export function isWithin(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true;
  if (address === null) return false;
  const list = new BlockList();
  for (const network of networks) {
    const found = parts(network);
    if (found) list.addSubnet(found.address, found.length, familyOf(found.address));
  }
  return list.check(address, familyOf(address));
}
