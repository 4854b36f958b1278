import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { type Administrator, recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { notFound } from '../http/errors.js';
import { HOUR, reserveAttempt } from '../throttle/throttle.js';

/** Who tries the doors of a house leaves one line an hour in its book, not a million. */
async function recordRefusal(database: Database, ctx: Context, account: Account): Promise<void> {
  const at = new Date();
  const rule = { key: `administration:refused:${account.id}`, limit: 1, window: HOUR };
  const isFirst = await reserveAttempt(database.knex, [rule], at);
  if (!isFirst.allowed) return;
  const { network, requestId } = ctx.state;
  const event = { event: 'administration.refused', at, accountId: account.id, network, requestId } as const;
  await recordEvent(database.knex, { ...event, details: { method: ctx.method } });
}

/**
 * The superuser who is signed in on this request.
 * @throws AppError 404 for everybody else, as if there were no such page
 */
export async function requireSuperuser(database: Database, ctx: Context): Promise<Account> {
  const { account } = ctx.state;
  if (account?.isSuperuser) return account;
  if (account) await recordRefusal(database, ctx, account);
  throw notFound();
}

/** For the audit trail: who does it, from where, and why. */
export function administratorOf(ctx: Context, admin: Account, reason = ''): Administrator {
  const { network, requestId } = ctx.state;
  return { accountId: admin.id, network, requestId, ...(reason ? { reason } : {}) };
}
