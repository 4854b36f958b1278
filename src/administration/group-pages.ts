/** Groups: listed, made, renamed, deleted, and who belongs to them. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { addToGroup, removeFromGroup } from '../accounts/groups.js';
import {
  createGroup,
  deleteGroup,
  findGroup,
  type Group,
  listGroups,
  listMembers,
  MOST_COUNTED,
  renameGroup,
} from '../accounts/manage-groups.js';
import { setFactorRequired } from '../accounts/require-factor.js';
import { requireRecentSignIn } from '../accounts/require-recent-sign-in.js';
import { readReason } from '../audit/read-reason.js';
import { type FieldErrors, notFound } from '../http/errors.js';
import { trimmedTextOf } from '../http/form-input.js';
import { findId, getId } from '../http/row-id.js';
import { seeOther } from '../http/see-other.js';
import type { AdministrationDeps } from './administration-deps.js';
import { fieldOf, refusedField } from './read-request.js';
import { administratorOf } from './require-superuser.js';

const PAGE_SIZE = 100;

/** Entered by whoever was refused, to be shown again with what is wrong with it. */
interface Refused {
  values?: Record<string, string>;
  errors?: FieldErrors;
}

const statusOf = ({ errors = {} }: Refused) => ({ status: Object.keys(errors).length ? 422 : 200 });

export async function showGroups(
  { database, pages }: AdministrationDeps,
  ctx: Context,
  refused: Refused = {},
): Promise<void> {
  const after = trimmedTextOf(ctx.query.after) || undefined;
  const groups = await listGroups(database.knex, { after, limit: PAGE_SIZE + 1 });
  const shown = groups.slice(0, PAGE_SIZE);
  const next = groups.length > PAGE_SIZE ? shown.at(-1)?.name : undefined;
  const locals = {
    values: {},
    errors: {},
    ...refused,
    groups: shown,
    after,
    next,
    mostCounted: MOST_COUNTED,
  };
  pages.render(ctx, 'administration/groups', locals, statusOf(refused));
}

export async function makeGroup(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const name = fieldOf(ctx, 'name');
  let group: Group;
  try {
    group = await createGroup(deps.database.knex, name, administratorOf(ctx, admin));
  } catch (error) {
    return showGroups(deps, ctx, { values: { name }, errors: refusedField(error, 'name') });
  }
  seeOther(ctx, `/admin/groups/${group.id}`);
}

/** @throws AppError 404 when there is none of this id */
async function getNamedGroup({ database }: AdministrationDeps, ctx: Context): Promise<Group> {
  const group = await findGroup(database.knex, getId(ctx.params.id));
  if (!group) throw notFound();
  return group;
}

export async function showGroup(
  deps: AdministrationDeps,
  ctx: Context,
  refused: Refused = {},
): Promise<void> {
  const { database, pages } = deps;
  const group = await getNamedGroup(deps, ctx);
  const after = findId(ctx.query.after);
  const members = await listMembers(database.knex, group.id, { after, limit: PAGE_SIZE + 1 });
  const shown = members.slice(0, PAGE_SIZE);
  const next = members.length > PAGE_SIZE ? shown.at(-1)?.id : undefined;
  const values = { name: group.name, ...refused.values };
  const locals = { group, members: shown, after, next, values, errors: refused.errors ?? {} };
  pages.render(ctx, 'administration/group', locals, statusOf(refused));
}

export async function renameNamed(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const { id } = await getNamedGroup(deps, ctx);
  const name = fieldOf(ctx, 'name');
  try {
    await renameGroup(deps.database.knex, id, name, administratorOf(ctx, admin));
  } catch (error) {
    return showGroup(deps, ctx, { values: { name }, errors: refusedField(error, 'name') });
  }
  seeOther(ctx, `/admin/groups/${id}`);
}

export async function requireFactorOfNamed(
  deps: AdministrationDeps,
  ctx: Context,
  admin: Account,
): Promise<void> {
  const { id } = await getNamedGroup(deps, ctx);
  requireRecentSignIn(ctx, `/admin/groups/${id}`);
  const isRequired = fieldOf(ctx, 'required') === 'yes';
  await setFactorRequired(deps.database.knex, id, isRequired, administratorOf(ctx, admin));
  seeOther(ctx, `/admin/groups/${id}`);
}

export async function addMember(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const group = await getNamedGroup(deps, ctx);
  const username = fieldOf(ctx, 'username');
  try {
    await addToGroup(deps.database.knex, username, group.name, administratorOf(ctx, admin));
  } catch (error) {
    return showGroup(deps, ctx, { values: { username }, errors: refusedField(error, 'username') });
  }
  seeOther(ctx, `/admin/groups/${group.id}`);
}

export async function removeMember(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const group = await getNamedGroup(deps, ctx);
  const accountId = getId(ctx.params.accountId);
  await removeFromGroup(deps.database.knex, accountId, group.name, administratorOf(ctx, admin));
  seeOther(ctx, `/admin/groups/${group.id}`);
}

export async function confirmGroupDeletion(
  deps: AdministrationDeps,
  ctx: Context,
  refused: Refused = {},
): Promise<void> {
  requireRecentSignIn(ctx);
  const group = await getNamedGroup(deps, ctx);
  const locals = {
    heading: `Delete the group ${group.name}?`,
    sentence:
      'Those in it stay who they are. Applications that open something to this group will not do so any more.',
    button: 'Delete the group',
    isDanger: true,
    back: { href: `/admin/groups/${group.id}`, label: group.name },
    values: refused.values ?? {},
    errors: refused.errors ?? {},
  };
  deps.pages.render(ctx, 'administration/confirm', locals, statusOf(refused));
}

export async function deleteNamed(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  requireRecentSignIn(ctx);
  const { id } = await getNamedGroup(deps, ctx);
  const { reason, errors } = readReason(ctx);
  if (errors.reason) return confirmGroupDeletion(deps, ctx, { values: { reason }, errors });
  await deleteGroup(deps.database.knex, id, administratorOf(ctx, admin, reason));
  seeOther(ctx, '/admin/groups');
}
