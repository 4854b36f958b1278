import ipaddr from 'ipaddr.js';

/** @param bits how much of an address of each kind names the network */
function prefixOf(address: string, bits: { ipv4: number; ipv6: number }): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  const kind = parsed.kind();
  const type = kind === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${type.networkAddressFromCIDR(`${parsed.toString()}/${bits[kind]}`)}/${bits[kind]}`;
}

/** What one subscriber usually has: the /24 of an IPv4 address, the /56 of an IPv6 one. */
export function networkPrefix(address: string): string {
  return prefixOf(address, { ipv4: 24, ipv6: 56 });
}

/** What a company or a rented server may have, and choose its addresses from: the same for IPv4, the /48 for IPv6. */
export function sitePrefix(address: string): string {
  return prefixOf(address, { ipv4: 24, ipv6: 48 });
}
