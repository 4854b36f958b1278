import { networkPrefix, sitePrefix } from './network-prefix.js';
import type { ThrottleRule } from './throttle.js';

/** Subscribers of one /48 that may be at their limit before all of it is. */
const NETWORKS_PER_SITE = 4;

/**
 * Counts by where a request comes from. Somebody with a /48 of IPv6 has 256 networks to come from, so that one is
 * counted as well.
 * @param rule.key of what is counted; the network is appended
 * @param address the client's
 */
export function networkRules(rule: ThrottleRule, address: string): ThrottleRule[] {
  const network = { ...rule, key: `${rule.key}:${networkPrefix(address)}` };
  const site = {
    ...rule,
    key: `${rule.key}:${sitePrefix(address)}`,
    limit: rule.limit * NETWORKS_PER_SITE,
  };
  return site.key === network.key ? [network] : [network, site];
}
