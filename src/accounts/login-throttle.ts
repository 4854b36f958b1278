/** How often a password may be wrong, for the login page and the password grant together. */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.js';
import { networkPrefix } from '../throttle/network-prefix.js';
import type { ThrottleRule } from '../throttle/throttle.js';
import { normalizeUsername } from './account.js';

const QUARTER_OF_AN_HOUR = 900;
const HOUR = 3600;

/**
 * People type their password into the username field. 24 bits of a hash are enough to count by (two names of a busy
 * hour rarely meet) and fit so many passwords that a dump of the table gives none away.
 */
function nameTag(username: string): string {
  return createHash('sha256').update(normalizeUsername(username).toLowerCase()).digest('hex').slice(0, 6);
}

/** @param network the client's address */
export function loginThrottleRules(
  username: string,
  network: string,
  config: Pick<Config, 'loginFailuresPerNetwork'>,
): { account: ThrottleRule[]; network: ThrottleRule } {
  const tag = nameTag(username);
  const prefix = networkPrefix(network);
  return {
    account: [
      { key: `login:account-network:${tag}:${prefix}`, limit: 8, window: QUARTER_OF_AN_HOUR },
      // However many networks a guesser has: below the 100 of NIST 800-63B-4 3.2.2.
      { key: `login:account:${tag}`, limit: 50, window: HOUR },
    ],
    network: {
      key: `login:network:${prefix}`,
      limit: config.loginFailuresPerNetwork,
      window: QUARTER_OF_AN_HOUR,
    },
  };
}
