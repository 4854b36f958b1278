import { recordEvent } from '../../audit/audit.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import type { ChangeOrigin, PasskeyChangeDeps } from './add-passkey.js';
import { deletePasskey, type Passkey } from './store.js';

/** From now on it signs nobody in. Who is signed in stays so: ending sessions is for the page that lists them. */
export async function removePasskey(
  { database, mails }: PasskeyChangeDeps,
  { id: accountId }: Account,
  passkey: Passkey,
  { network, requestId, language }: ChangeOrigin,
): Promise<void> {
  const values = { name: passkey.name };
  await database.knex.transaction(async (transaction) => {
    // Of two removals at once, one is told and recorded.
    if (!(await deletePasskey(transaction, passkey.id))) return;
    const event = { at: new Date(), accountId, network, requestId, details: values };
    await recordEvent(transaction, { ...event, event: 'passkey.removed' });
    await notify(mails, transaction, { accountId, notice: 'passkeyRemoved', values, network, language });
  });
}
