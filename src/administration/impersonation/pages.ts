/** The page that asks why, and the button with which a superuser goes back to what they were. */
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { findAccount } from '../../accounts/find-account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { readReason } from '../../audit/read-reason.js';
import { type FieldErrors, notFound } from '../../http/errors.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import type { AdministrationDeps } from '../administration-deps.js';
import { administratorOf } from '../require-superuser.js';
import { LONGEST_MINUTES, mayBeImpersonated, startImpersonation, stopImpersonation } from './impersonate.js';

/** @throws AppError 404 when there is nobody of this id whom one may act as */
async function getNamedUser({ database }: AdministrationDeps, ctx: Context): Promise<Account> {
  const user = await findAccount(database.knex, getId(ctx.params.id));
  if (!user || !mayBeImpersonated(user)) throw notFound();
  return user;
}

export async function confirmImpersonation(
  deps: AdministrationDeps,
  ctx: Context,
  { values = {}, errors = {} }: { values?: Record<string, string>; errors?: FieldErrors } = {},
): Promise<void> {
  requireRecentSignIn(ctx);
  const user = await getNamedUser(deps, ctx);
  const told =
    deps.mails.areAvailable && user.email ? ' The person is told by mail, with your name and reason.' : '';
  const locals = {
    heading: `Act as ${user.username}`,
    sentence: `For ${LONGEST_MINUTES} minutes at most you see what they see and may do what they may, except for what belongs to them alone: password, second factors, addresses, tokens, leaving. Whatever you do is recorded under both names, and applications are told who acts.${told}`,
    button: `Act as ${user.username}`,
    isDanger: true,
    needsReason: true,
    back: { href: `/admin/users/${user.id}`, label: user.username },
    values,
    errors,
  };
  const status = Object.keys(errors).length ? 422 : 200;
  deps.pages.render(ctx, 'administration/confirm', locals, { status });
}

export async function impersonate(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  requireRecentSignIn(ctx);
  const user = await getNamedUser(deps, ctx);
  const { reason, errors } = readReason(ctx, { isRequired: true });
  if (errors.reason) return confirmImpersonation(deps, ctx, { values: { reason }, errors });
  const session = await startImpersonation(deps, {
    admin,
    sessionUid: await deps.sessions.getUid(ctx),
    accountId: user.id,
    by: administratorOf(ctx, admin, reason),
  });
  deps.sessions.hand(ctx, session);
  seeOther(ctx, '/');
}

export async function endImpersonating(
  { database, sessions }: AdministrationDeps,
  ctx: Context,
): Promise<void> {
  const { account, actor, network, requestId } = ctx.state;
  // It has ended by itself in the meantime.
  if (!account || !actor) return seeOther(ctx, '/');
  const own = await stopImpersonation(database, actor, { accountId: account.id, network, requestId });
  sessions.hand(ctx, own);
  seeOther(ctx, own ? `/admin/users/${account.id}` : '/login');
}
