import type { Db } from '../database/database.js';
import { findId } from '../http/row-id.js';
import { type Account, normalizeUsername } from './account.js';
import { selectAccounts } from './store.js';

const LONGEST_SEARCH = 254;

export interface AccountPage {
  accounts: Account[];
  /** Where the next page begins; undefined when this is the last. */
  next: number | undefined;
}

/**
 * One page of accounts, the newest first: all, or those whose username, email address or name begins with what was
 * typed, or whose id it is.
 * @param before the `next` of the page before
 */
export async function searchAccounts(
  db: Db,
  { search = '', before, limit }: { search?: string; before?: number | undefined; limit: number },
): Promise<AccountPage> {
  const prefix = normalizeUsername(search.replaceAll('\0', '').slice(0, LONGEST_SEARCH));
  const id = findId(prefix);
  const found = await selectAccounts(db, { prefix, id, before, limit: limit + 1 });
  const accounts = found.slice(0, limit);
  return { accounts, next: found.length > limit ? accounts.at(-1)?.id : undefined };
}
