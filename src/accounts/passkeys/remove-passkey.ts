import { recordEvent } from '../../audit/audit.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { forgetBrowsersOf } from '../factors/change-factors.js';
import type { FactorDeps, FactorOrigin } from '../factors/factor-deps.js';
import { findFactors, hasFactor } from '../factors/find-factors.js';
import { deleteRecoveryCodes } from '../factors/recovery-codes.js';
import { lockAccount } from '../store.js';
import { deletePasskey, type Passkey } from './store.js';

/**
 * From now on it signs nobody in. Who is signed in stays so: ending sessions is for the page that lists them. The last
 * factor takes the recovery codes along.
 * @returns why not, if a group requires that it stays
 */
export async function removePasskey(
  { database, mails }: Pick<FactorDeps, 'database' | 'mails'>,
  { id: accountId }: Account,
  passkey: Passkey,
  { at, network, requestId, language }: FactorOrigin,
): Promise<'removed' | 'required'> {
  const transaction = await database.knex.transaction();
  try {
    // Or else two removals at once would each see the other's factor, and none would be left.
    await lockAccount(transaction, accountId);
    const wasThere = await deletePasskey(transaction, passkey.id);
    const left = await findFactors(transaction, accountId);
    if (left.isRequired && !hasFactor(left)) {
      await transaction.rollback();
      return 'required';
    }
    // Of two removals at once, one is told and recorded.
    if (wasThere) {
      if (!hasFactor(left)) await deleteRecoveryCodes(transaction, accountId);
      await forgetBrowsersOf(transaction, accountId);
      const values = { name: passkey.name };
      const event = { at, accountId, network, requestId, details: values };
      await recordEvent(transaction, { ...event, event: 'passkey.removed' });
      await notify(mails, transaction, { accountId, notice: 'passkeyRemoved', values, network, language });
    }
    await transaction.commit();
    return 'removed';
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
