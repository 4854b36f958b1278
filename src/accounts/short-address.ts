import ipaddr from 'ipaddr.js';

/**
 * An address as a person may recognise it. Of an IPv6 address only the network is told: the rest changes by the day and
 * says nothing to anybody.
 */
export function shortAddress(address: string | null): string {
  if (!address || !ipaddr.isValid(address)) return address ?? '';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4' || parsed.range() === 'loopback') return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`);
  return `${network}/64`;
}
