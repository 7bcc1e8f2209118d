import ipaddr from 'ipaddr.js';

/** What an IP address leads to, by its text alone: what is asked for something in another's name is judged by it. */

/**
 * - `public`: anybody reaches it;
 * - `private`: a network of an organisation, or of its carrier;
 * - `loopback`: this machine;
 * - `special`: all else, such as link-local addresses and those by which a cloud tells its machines their secrets.
 */
export type Kind = 'public' | 'private' | 'loopback' | 'special';

/** The services of clouds for their own machines, at addresses that look like others: of Azure, Alibaba, AWS and Google. */
const METADATA = new Set(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);

const kinds: Partial<Record<string, Kind>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
};

export function kindOf(address: string): Kind {
  const parsed = ipaddr.process(address);
  if (METADATA.has(parsed.toString())) return 'special';
  // RFC 6052: of a network without IPv4; it leads to the IPv4 address in its last four bytes.
  if (isWithin(address, '64:ff9b::/96')) return kindOf(ipaddr.fromByteArray(parsed.toByteArray().slice(-4)).toString());
  const kind = kinds[parsed.range()] ?? 'special';
  // Of IPv6 only 2000::/3 is given out; the rest holds forms that lead to IPv4.
  const isGivenOut = parsed.kind() === 'ipv4' || isWithin(address, '2000::/3');
  return kind === 'public' && !isGivenOut ? 'special' : kind;
}

/** The address that a URL spells out, however it spells it: the URL standard has made one spelling of it. */
export function literalOf({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) ? bare : undefined;
}

/** @param network as `10.0.0.0/8` */
export function isWithin(address: string, network: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(network);
  const parsed = ipaddr.process(address);
  return parsed.kind() === base.kind() && parsed.match(base, bits);
}
