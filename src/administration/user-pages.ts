/** Finding a person, seeing what there is about them, and making an account for somebody. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { createAccount } from '../accounts/create-account.js';
import { findAccount } from '../accounts/find-account.js';
import { addToGroup, listGroupsOf, removeFromGroup } from '../accounts/groups.js';
import { requireRecentSignIn } from '../accounts/require-recent-sign-in.js';
import { searchAccounts } from '../accounts/search-accounts.js';
import { findEvents } from '../audit/find-events.js';
import { listAuthorizedApplications } from '../authorization/consents.js';
import { countSessionsOf } from '../engine/storage/sessions-store.js';
import { type FieldErrors, notFound } from '../http/errors.js';
import { trimmedTextOf, typedValues } from '../http/form-input.js';
import { findId, getId } from '../http/row-id.js';
import { seeOther } from '../http/see-other.js';
import type { AdministrationDeps } from './administration-deps.js';
import { mayBeImpersonated } from './impersonation/impersonate.js';
import { fieldOf, refusedField } from './read-request.js';
import { administratorOf } from './require-superuser.js';
import { USER_ACTIONS } from './user-actions.js';

const PAGE_SIZE = 50;
const EVENTS_SHOWN = 10;

export async function showUsers({ database, pages }: AdministrationDeps, ctx: Context): Promise<void> {
  const search = trimmedTextOf(ctx.query.q);
  const before = findId(ctx.query.before);
  const found = await searchAccounts(database.knex, { search, before, limit: PAGE_SIZE });
  pages.render(ctx, 'administration/users', { ...found, search, before });
}

/** @throws AppError 404 when there is none of this id */
async function getNamedUser({ database }: AdministrationDeps, ctx: Context): Promise<Account> {
  const user = await findAccount(database.knex, getId(ctx.params.id));
  if (!user) throw notFound();
  return user;
}

export async function showUser(
  deps: AdministrationDeps,
  ctx: Context,
  errors: FieldErrors = {},
): Promise<void> {
  const { knex } = deps.database;
  const user = await getNamedUser(deps, ctx);
  const at = new Date();
  const [groups, sessions, applications, { events }] = await Promise.all([
    listGroupsOf(knex, user.id),
    countSessionsOf(knex, user.id, at),
    listAuthorizedApplications(knex, user.id, at),
    findEvents(knex, { accountId: user.id }, { limit: EVENTS_SHOWN }),
  ]);
  const done = USER_ACTIONS.find(({ name }) => name === ctx.query.done)?.done;
  const actions = USER_ACTIONS.filter((action) => action.isFor(user));
  deps.pages.render(
    ctx,
    'administration/user',
    {
      user,
      mayActAs: mayBeImpersonated(user),
      groups,
      sessions,
      applications,
      events,
      done,
      actions,
      errors,
      values: { group: fieldOf(ctx, 'group') },
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

const CREATE_FIELDS = ['username', 'email', 'first_name', 'last_name'] as const;

export function newUserPage({ config, pages }: AdministrationDeps, ctx: Context): void {
  requireRecentSignIn(ctx);
  pages.render(ctx, 'administration/new-user', {
    values: {},
    errors: {},
    minLength: config.passwords.minLength,
  });
}

export async function makeUser(
  { config, database, pages, passwords }: AdministrationDeps,
  ctx: Context,
  admin: Account,
): Promise<void> {
  requireRecentSignIn(ctx);
  const values = typedValues(ctx.request.body, CREATE_FIELDS);
  const { password = '' } = typedValues(ctx.request.body, ['password']);
  const { username = '', email = '', first_name: firstName, last_name: lastName } = values;
  const result = await createAccount(
    database,
    passwords,
    { username, email, firstName, lastName, password },
    { by: administratorOf(ctx, admin), network: ctx.state.network },
  );
  if (result.ok) return seeOther(ctx, `/admin/users/${result.account.id}`);
  const { minLength } = config.passwords;
  pages.render(ctx, 'administration/new-user', { values, errors: result.errors, minLength }, { status: 422 });
}

/** A new name makes a new group. */
export async function addGroup(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const { id } = await getNamedUser(deps, ctx);
  try {
    await addToGroup(deps.database.knex, id, fieldOf(ctx, 'group'), administratorOf(ctx, admin));
  } catch (error) {
    return showUser(deps, ctx, refusedField(error, 'group'));
  }
  seeOther(ctx, `/admin/users/${id}`);
}

export async function removeGroup(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const { id } = await getNamedUser(deps, ctx);
  await removeFromGroup(deps.database.knex, id, fieldOf(ctx, 'group'), administratorOf(ctx, admin));
  seeOther(ctx, `/admin/users/${id}`);
}
