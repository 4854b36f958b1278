import { revokeLeakedPersonalToken } from '../accounts/personal-tokens/revoke-leaked.js';
import { isPersonalToken } from '../accounts/personal-tokens/token-format.js';
import { isApiToken } from '../applications/api-tokens/api-tokens.js';
import { revokeLeakedApiToken } from '../applications/api-tokens/revoke-leaked.js';
import { revokeLeakedSecret } from '../applications/secrets/revoke-leaked.js';
import type { Database } from '../database/database.js';
import type { Mails } from '../mail/mails.js';

export interface ScanningDeps {
  database: Database;
  mails: Mails;
}

export interface FoundSecret {
  token: string;
  /** What the finder takes it for. */
  type: string;
  url: string | undefined;
  /** As GitHub names it: 'content', 'commit', 'npm'. */
  source: string | undefined;
}

/** Where a secret was found, and who says so. */
export interface Discovery {
  /** http or https, without the secret itself. */
  url: string | undefined;
  source: string | undefined;
  network: string;
  requestId: string;
}

// As long as anybody can make use of in a mail.
const LONGEST_URL = 500;

/** The address, fit for a mail and for the audit trail: without the secret, which may be in it. */
function addressOf({ token, url }: FoundSecret): string | undefined {
  if (!url || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).href.replaceAll(token, '…').slice(0, LONGEST_URL);
}

/** A word of the finder's, without what could be anything but a word. */
const wordOf = (source: string | undefined) => source?.replace(/[^\w .-]/g, '').slice(0, 50) || undefined;

function chooseRevocation(token: string) {
  if (isPersonalToken(token)) return revokeLeakedPersonalToken;
  return isApiToken(token) ? revokeLeakedApiToken : revokeLeakedSecret;
}

/** @returns those that were live, and are so no more */
export async function revokeLeaked(
  deps: ScanningDeps,
  found: FoundSecret[],
  from: Pick<Discovery, 'network' | 'requestId'>,
): Promise<Set<string>> {
  const revoked = new Set<string>();
  for (const each of found) {
    // Of one that was found in several places the first is told.
    if (revoked.has(each.token)) continue;
    const discovery = { url: addressOf(each), source: wordOf(each.source), ...from };
    if (await chooseRevocation(each.token)(deps, each.token, discovery)) revoked.add(each.token);
  }
  return revoked;
}
