import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { type Language, matchLanguage } from '../languages/languages.js';
import type { Account } from './account.js';
import { updateAccount } from './store.js';

/** Their claim `locale`, which applications read as well; one of the same language (fr-CA) stays as it is. */
export async function setOwnLanguage(
  database: Database,
  account: Account,
  language: Language,
  from: { network: string; requestId: string },
): Promise<void> {
  const { locale } = account.claims;
  if (locale && matchLanguage([locale]) === language) return;
  const at = new Date();
  const claims = { ...account.claims, locale: language };
  await database.knex.transaction(async (transaction) => {
    await updateAccount(transaction, account.id, { claims }, at);
    const details = { changed: ['locale'] };
    await recordEvent(transaction, { event: 'profile.changed', at, accountId: account.id, ...from, details });
  });
}
