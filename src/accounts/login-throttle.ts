/** How often a password may be wrong, for the login page and the password grant together. */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.js';
import { networkPrefix } from '../throttle/network-prefix.js';
import { networkRules } from '../throttle/network-rules.js';
import { HOUR, type ThrottleRule } from '../throttle/throttle.js';

const QUARTER_OF_AN_HOUR = 900;

/** Applications of one network that may be at their limit before all of them are. */
const APPLICATIONS_PER_NETWORK = 4;

export interface LoginAttempt {
  /** The username as the database folds it; it need not exist. */
  foldedName: string;
  accountId: number | undefined;
  /** The client's address. */
  network: string;
  /** The application whose server sends what people typed there (the password grant). */
  sentBy?: string | undefined;
  /** What to count by in a browser in which the account has been signed in to before. */
  knownBrowser?: string | undefined;
}

/**
 * People type their password into the username field. 24 bits of a hash are enough to count by (two names of a busy
 * hour rarely meet) and fit so many passwords that a dump of the table gives none away.
 */
function nameTag(foldedName: string): string {
  return createHash('sha256').update(foldedName).digest('hex').slice(0, 6);
}

/**
 * Names are counted by their tag whether or not they exist. Counting accounts by their id alone would tell them apart:
 * of two names with the same tag, failures of one would hinder the other only as long as there is no such account.
 */
function accountRules({ foldedName, accountId, network }: LoginAttempt): ThrottleRule[] {
  const tag = nameTag(foldedName);
  // However many networks a guesser has: below the 100 of NIST 800-63B-4 3.2.2.
  const anywhere = { limit: 50, window: HOUR };
  const rules: ThrottleRule[] = [
    { key: `login:account-network:${tag}:${networkPrefix(network)}`, limit: 8, window: QUARTER_OF_AN_HOUR },
    { key: `login:account:${tag}`, ...anywhere },
  ];
  // Whoever found a browser signed in could rename the account for every eight guesses at its password.
  if (accountId !== undefined) rules.push({ key: `login:account-id:${accountId}`, ...anywhere });
  return rules;
}

/** Failures on the sign-in pages, whatever they are made with. */
export function networkLoginRules(
  network: string,
  { loginFailuresPerNetwork: limit }: Pick<Config, 'loginFailuresPerNetwork'>,
): ThrottleRule[] {
  return networkRules({ key: 'login:network', limit, window: QUARTER_OF_AN_HOUR }, network);
}

/**
 * The failures of an application's users come from its server: they are kept from those of its neighbours and of the
 * sign-in page. A guesser may register many applications, so that all of them together have a limit as well.
 */
function rulesOfNetwork(
  { network, sentBy }: LoginAttempt,
  config: Pick<Config, 'loginFailuresPerNetwork'>,
): ThrottleRule[] {
  if (sentBy === undefined) return networkLoginRules(network, config);
  const window = QUARTER_OF_AN_HOUR;
  const limit = config.loginFailuresPerNetwork;
  const all = limit * APPLICATIONS_PER_NETWORK;
  return [
    ...networkRules({ key: `login:application:${sentBy}`, limit, window }, network),
    ...networkRules({ key: 'login:applications', limit: all, window }, network),
  ];
}

export function loginThrottleRules(
  attempt: LoginAttempt,
  config: Pick<Config, 'loginFailuresPerNetwork'>,
): { account: ThrottleRule[]; network: ThrottleRule[] } {
  if (attempt.knownBrowser !== undefined) {
    // Neither strangers who guess nor neighbours stand in its way. More than one browser uses up alone, for all that know
    // the account together: each sign-in makes one, and whoever has the password might collect them. Together with the
    // failures of strangers these stay below NIST's 100.
    return {
      account: [
        { key: `login:browser:${attempt.knownBrowser}`, limit: 8, window: QUARTER_OF_AN_HOUR },
        { key: `login:browsers:${attempt.accountId}`, limit: 40, window: HOUR },
      ],
      network: [],
    };
  }
  return {
    account: accountRules(attempt),
    network: rulesOfNetwork(attempt, config),
  };
}
