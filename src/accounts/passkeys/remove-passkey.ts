import { recordEvent } from '../../audit/audit.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { removeFactor } from '../factors/change-factors.js';
import type { FactorDeps, FactorOrigin } from '../factors/factor-deps.js';
import { deletePasskey, type Passkey } from './store.js';

/**
 * From now on it signs nobody in. Who is signed in stays so: ending sessions is for the page that lists them.
 * @returns why not, if a group requires that it stays
 */
export async function removePasskey(
  { database, mails }: Pick<FactorDeps, 'database' | 'mails'>,
  { id: accountId }: Account,
  passkey: Passkey,
  { at, network, requestId, language }: FactorOrigin,
): Promise<'removed' | 'required'> {
  const values = { name: passkey.name };
  return removeFactor(
    database,
    accountId,
    (transaction) => deletePasskey(transaction, passkey.id),
    async (transaction) => {
      const event = { at, accountId, network, requestId, details: values };
      await recordEvent(transaction, { ...event, event: 'passkey.removed' });
      await notify(mails, transaction, { accountId, notice: 'passkeyRemoved', values, network, language });
    },
  );
}
