import { recordEvent } from '../audit/audit.js';
import { applicationOf } from '../engine/clients.js';
import { notify } from '../mail/notify.js';
import { revokeGrant } from '../tokens/grants.js';
import type { TokenRecord } from '../tokens/records.js';
import type { TokenRequest } from './token-request.js';

/**
 * Somebody presented what was used before: the whole family dies, and the audit trail says so, together or not at all.
 * A code that comes twice is mostly an application's mistake; of a refresh token the person is told, since they have to
 * sign in again and may have lost it to somebody.
 */
export async function revokeStolenGrant(
  { ctx, client, database, liveTokens, mails, at }: TokenRequest,
  event: 'code.replayed' | 'refresh.reuse_detected',
  { grantId, clientId, accountId }: TokenRecord,
): Promise<void> {
  try {
    await database.knex.transaction(async (transaction) => {
      if (grantId) await revokeGrant(transaction, grantId);
      const { network, requestId } = ctx.state;
      await recordEvent(transaction, {
        event,
        at,
        clientId,
        accountId: accountId ?? undefined,
        network,
        requestId,
      });
      if (event !== 'refresh.reuse_detected' || accountId === null) return;
      const application = applicationOf(client).name;
      const notice = { notice: 'refreshTokenReused', values: { application } } as const;
      await notify(mails, transaction, { accountId, ...notice });
    });
  } finally {
    // Also after an error: the connection may have broken with the commit done.
    liveTokens.forgetAll();
  }
}
