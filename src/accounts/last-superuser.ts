import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';
import { lockEnabledSuperuserIds } from './store.js';

/**
 * Somebody can always administer the server. To be called in the transaction that disables, demotes or deletes the
 * account, before it does: of two that would each take away the other's last superuser, the second waits here, and
 * finds the first one done.
 * @throws AppError last_superuser
 */
export async function requireAnotherSuperuser(transaction: Db, account: Account): Promise<void> {
  const superuserIds = await lockEnabledSuperuserIds(transaction);
  if (superuserIds.length !== 1 || superuserIds[0] !== account.id) return;
  const { username } = account;
  throw new AppError(409, 'last_superuser', text('accounts.administration.lastSuperuser', { username }), {
    hint: text('accounts.administration.lastSuperuserHint'),
  });
}
