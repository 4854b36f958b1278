import { deleteApiTokensOf } from '../applications/api-tokens/api-tokens.js';
import type { Db } from '../database/database.js';
import { endSessionsOf } from '../engine/storage/sessions-store.js';
import { revokeAllGrantsOf } from '../tokens/grants.js';
import { forgetBrowsersOf } from './factors/change-factors.js';
import { deletePersonalTokensOf } from './personal-tokens/store.js';

/**
 * Ends all that lets anybody act as this person: browsers and sign-ins half done, what applications hold, and tokens made
 * by hand, those of the applications API among them. Pass the transaction of what makes it necessary.
 */
export async function endAllAccess(transaction: Db, accountId: number): Promise<void> {
  await endSessionsOf(transaction, accountId);
  await forgetBrowsersOf(transaction, accountId);
  await revokeAllGrantsOf(transaction, accountId);
  await deletePersonalTokensOf(transaction, accountId);
  await deleteApiTokensOf(transaction, accountId);
}
