import type { Db } from '../database/database.js';
import type { EventName } from './audit.js';

/** What ends everything that one application holds of a person, and what ends everything all of them hold. */
const AT_APPLICATION: EventName[] = [
  'consent.revoked',
  'token.revoked',
  'code.replayed',
  'refresh.reuse_detected',
];
const EVERYWHERE: EventName[] = [
  'password.reset',
  'account.signed_out',
  'account.disabled',
  'account.deletion_asked',
  'account.deleted',
  'impersonation.ended',
];

export interface EndOfGrant {
  event: EventName;
  at: Date;
}

/**
 * The last event after which the tokens of a sign-in were no longer valid, by the indexes on the person and the
 * application: a guess, since events do not name the sign-in, and a good one.
 */
export async function findEndOfGrant(
  db: Db,
  { accountId, clientId, issuedAt }: { accountId: number; clientId: string; issuedAt: Date },
): Promise<EndOfGrant | undefined> {
  return db('audit_events')
    .where({ account_id: accountId })
    .where('at', '>=', issuedAt)
    .where((ended) =>
      ended
        .where((here) => here.where({ client_id: clientId }).whereIn('event', AT_APPLICATION))
        .orWhere((all) => all.whereIn('event', EVERYWHERE)),
    )
    .orderBy('at', 'desc')
    .first<EndOfGrant | undefined>('event', 'at');
}
