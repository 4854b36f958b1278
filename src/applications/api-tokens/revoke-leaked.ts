import { findEnabledAccount } from '../../accounts/find-account.js';
import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import { hashToken } from '../../secrets/token-hash.js';
import { writeToDeveloper } from '../tell-owners.js';
import { API_TOKEN, takeApiToken } from './api-tokens.js';

/**
 * Somebody has found this value where others can read it.
 * @returns false when it is no live API token
 */
export async function revokeLeakedApiToken(
  { database, mails }: { database: Database; mails: Mails },
  value: string,
  {
    url,
    source,
    ...from
  }: { url: string | undefined; source: string | undefined; network: string; requestId: string },
): Promise<boolean> {
  if (!API_TOKEN.isWellFormed(value)) return false;
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    const token = await takeApiToken(transaction, hashToken(value), at);
    if (!token) return false;
    const { accountId, name } = token;
    const details = { name, why: 'leaked', found_at: url, source };
    await recordEvent(transaction, { event: 'api_token.revoked', at, accountId, ...from, details });
    const account = await findEnabledAccount(transaction, accountId);
    if (!account) return true;
    await writeToDeveloper(mails, transaction, account, {
      subject: 'An API token of yours was found in public and revoked',
      lines: [
        `Your API token “${name}” was found where others can read it. It was revoked at once, and scripts that use it are refused.`,
        ...(url ? [`Where: ${url}`] : []),
        'Remove it from there, make a new one, and look whether somebody else has changed your applications with it.',
      ],
      action: { label: 'Your API tokens', path: '/applications/tokens' },
    });
    return true;
  });
}
