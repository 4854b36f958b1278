import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import { hashToken } from '../../secrets/token-hash.js';
import { takePersonalToken } from './store.js';
import { isWellFormed } from './token-format.js';

/**
 * Somebody has found this value where others can read it.
 * @returns false when it is no live personal token
 */
export async function revokeLeakedPersonalToken(
  { database, mails }: { database: Database; mails: Mails },
  value: string,
  {
    url,
    source,
    ...from
  }: { url: string | undefined; source: string | undefined; network: string; requestId: string },
): Promise<boolean> {
  if (!isWellFormed(value)) return false;
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    const token = await takePersonalToken(transaction, hashToken(value), at);
    if (!token) return false;
    const { accountId, name } = token;
    const details = { name, found_at: url, source };
    await recordEvent(transaction, { event: 'personal_token.leaked', at, accountId, ...from, details });
    const place = url ?? text('mails.notices.personalTokenLeaked.noPlace');
    await notify(mails, transaction, { accountId, notice: 'personalTokenLeaked', values: { name, place } });
    return true;
  });
}
