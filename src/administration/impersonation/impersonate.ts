/**
 * A superuser acts as somebody else, to see what they see: for a reason, for half an hour at most, in the open. The person
 * is told, every event of that time names both, and so do the tokens that are issued meanwhile (RFC 8693 4.1).
 */
import { randomUUID } from 'node:crypto';
import type { Account } from '../../accounts/account.js';
import { getAccount } from '../../accounts/find-account.js';
import { lockAccount } from '../../accounts/store.js';
import { type Administrator, recordAdministration, recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import type { SessionActor } from '../../engine/session-actors.js';
import {
  endImpersonation,
  insertImpersonation,
  type NewSession,
} from '../../engine/storage/impersonations.js';
import { AppError } from '../../http/errors.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import { numericDate } from '../../tokens/numeric-date.js';

export const LONGEST_MINUTES = 30;

interface Start {
  admin: Account;
  /** Of the session the superuser is signed in with. */
  sessionUid: string;
  accountId: number;
  by: Administrator;
}

export function mayBeImpersonated(user: Account): boolean {
  return !user.isSuperuser && user.disabledAt === null;
}

/**
 * @returns the session to hand to the browser
 * @throws AppError when the person is a superuser or disabled by now, or the superuser is no longer signed in
 */
export async function startImpersonation(
  { database, mails }: { database: Database; mails: Mails },
  { admin, sessionUid, accountId, by }: Start,
): Promise<NewSession> {
  const startedAt = new Date();
  return database.knex.transaction(async (transaction) => {
    // Whoever makes either of them what they must not be waits until this session is there to be ended.
    for (const id of [admin.id, accountId].sort((a, b) => a - b)) await lockAccount(transaction, id);
    const [user, actor] = [await getAccount(transaction, accountId), await getAccount(transaction, admin.id)];
    if (!mayBeImpersonated(user)) {
      throw new AppError(
        409,
        'not_impersonated',
        'Nobody acts as a superuser or as somebody who is disabled.',
      );
    }
    const session =
      actor.isSuperuser && actor.disabledAt === null
        ? await insertImpersonation(transaction, {
            actor: {
              impersonationId: randomUUID(),
              accountId: actor.id,
              username: actor.username,
              until: numericDate(startedAt) + LONGEST_MINUTES * 60,
            },
            accountId,
            ownSessionUid: sessionUid,
            startedAt,
          })
        : undefined;
    if (!session) throw new AppError(403, 'not_signed_in', 'You are no longer signed in.');
    const event = { event: 'impersonation.started', at: startedAt, accountId } as const;
    await recordAdministration(transaction, by, { ...event, details: { until: session.expiresAt } });
    await notify(mails, transaction, {
      accountId,
      notice: 'impersonated',
      values: { administrator: actor.username, minutes: LONGEST_MINUTES, reason: by.reason ?? '' },
    });
    return session;
  });
}

/** @returns the superuser's own session; undefined when it has ended in the meantime */
export async function stopImpersonation(
  database: Database,
  actor: SessionActor,
  event: { accountId: number; network: string; requestId: string },
): Promise<NewSession | undefined> {
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    const own = await endImpersonation(transaction, actor.impersonationId, at);
    const named = { event: 'impersonation.ended', at, actorId: actor.accountId } as const;
    await recordEvent(transaction, { ...named, ...event });
    return own;
  });
}
