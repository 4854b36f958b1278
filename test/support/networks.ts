/** Requests that come from elsewhere: the server of a test that uses this trusts this machine as its proxy. */
export const BEHIND_PROXY = { TRUSTED_PROXIES: '127.0.0.0/8 ::1' };

/** The header with which a trusted proxy says where a request came from. */
export function from(address: string): Record<string, string> {
  return { 'x-forwarded-for': address };
}

/** The number-th of 65,000 networks (each a /24 of its own). */
export function network(number: number): Record<string, string> {
  return from(`10.${Math.floor(number / 250)}.${number % 250}.7`);
}
