import type { Context } from 'koa';
import { recordEvent } from '../../audit/audit.js';
import type { Account } from '../account.js';
import type { AccountDeps } from '../account-deps.js';
import type { Method } from '../authentication.js';

/**
 * Somebody who is signed in has proved once more who they are: the sign-in is a recent one from now on. Signed out in the
 * meantime they stay so, as the next request says.
 */
export async function renewSignIn(
  { database, sessions }: Pick<AccountDeps, 'database' | 'sessions'>,
  ctx: Context,
  { id: accountId }: Account,
  methods: Method[],
  at: Date,
): Promise<void> {
  if (!(await sessions.renew(ctx, accountId, methods))) return;
  const { network, requestId } = ctx.state;
  const event = { event: 'login.confirmed', at, accountId, network, requestId } as const;
  await recordEvent(database.knex, { ...event, details: { methods } });
}
