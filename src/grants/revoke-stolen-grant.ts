import { recordEvent } from '../audit/audit.js';
import { revokeGrant } from '../tokens/grants.js';
import type { TokenRecord } from '../tokens/records.js';
import type { TokenRequest } from './token-request.js';

/** Somebody presented what was used before: the whole family dies, and the audit trail says so, together or not at all. */
export async function revokeStolenGrant(
  { ctx, database, liveTokens, at }: TokenRequest,
  event: 'code.replayed' | 'refresh.reuse_detected',
  { grantId, clientId, accountId }: TokenRecord,
): Promise<void> {
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
  });
  liveTokens.forgetAll();
}
