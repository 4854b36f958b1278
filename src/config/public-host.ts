import ipaddr from 'ipaddr.js';

/** The hosts of URLs under which a browser finds what listens on its own machine. */
export const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

// RFC 2606, 6761, 6762, 8375 and what ICANN keeps for private use; a name without a dot is of one's own network.
const PRIVATE_NAME = /^[^.]+$|\.(localhost|local|internal|test|example|invalid|lan|home\.arpa)$/;

/** Whether a host of a URL may be reached over the internet, where http shows everything to everybody on the way. */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'unicast';
  return !PRIVATE_NAME.test(host);
}
