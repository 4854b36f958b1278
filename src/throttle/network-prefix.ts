import ipaddr from 'ipaddr.js';

/** What one subscriber usually has: the /24 of an IPv4 address, the /64 of an IPv6 one. */
export function networkPrefix(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  const bits = parsed.kind() === 'ipv4' ? 24 : 64;
  const type = parsed.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${type.networkAddressFromCIDR(`${parsed.toString()}/${bits}`)}/${bits}`;
}
