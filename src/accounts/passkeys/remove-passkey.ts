import { recordEvent } from '../../audit/audit.js';
import type { Account } from '../account.js';
import type { PasskeyChangeDeps } from './add-passkey.js';
import { deletePasskey, type Passkey } from './store.js';

/** From now on it signs nobody in. What was signed in with it stays so: that is for the list of sessions. */
export async function removePasskey(
  { database }: PasskeyChangeDeps,
  account: Account,
  passkey: Passkey,
  { network, requestId }: { network: string; requestId: string },
): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    // Of two removals at once, one is told and recorded.
    if (!(await deletePasskey(transaction, passkey.id))) return;
    await recordEvent(transaction, {
      event: 'passkey.removed',
      at: new Date(),
      accountId: account.id,
      network,
      requestId,
      details: { name: passkey.name },
    });
  });
}
