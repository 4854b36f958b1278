import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../../accounts/account.js';
import { type FieldErrors, notFound } from '../../http/errors.js';
import { line, parseForm, refusal, typedValues } from '../../http/form-input.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import { type ApplicationDeps, bodyOf, changeBy } from '../application-pages.js';
import { getTeamFor, getTeamOwnedBy } from './find-team.js';
import { selectInvitationsOfTeam, selectInvitationsTo } from './invitations-store.js';
import { makeTeam, removeTeam, renameTeam } from './manage-team.js';
import { removeMember, setRole } from './members.js';
import { selectAllTeams, selectMembers, selectTeamApplications, selectTeamsOf } from './store.js';
import { ROLES } from './team.js';

const MOST_SHOWN = 200;

// People read it where they let an application in: what cannot be seen makes one name look like another.
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029]/u;
const label = text('accounts.personalTokens.subjectName');

const nameForm = z.object({
  name: line({ label, max: 100, required: true }).refine(
    (name) => !UNSEEN.test(name),
    refusal('forms.controlCharacters', { label }),
  ),
});

const roleForm = z.object({ role: z.enum(ROLES, refusal('forms.notAccepted')) });

interface Refused {
  values?: Record<string, string>;
  errors?: FieldErrors;
}

const statusFor = (errors: FieldErrors) => ({ status: Object.keys(errors).length ? 422 : 200 });

export async function showTeams(
  { database: { knex }, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  { values = {}, errors = {} }: Refused = {},
): Promise<void> {
  const teams = await selectTeamsOf(knex, account.id);
  const locals = {
    teams,
    others: account.isSuperuser
      ? (await selectAllTeams(knex, MOST_SHOWN)).filter(({ id }) => !teams.some((own) => own.id === id))
      : [],
    invitations: await selectInvitationsTo(knex, account.id, new Date()),
    values,
    errors,
  };
  pages.render(ctx, 'applications/teams/list', locals, statusFor(errors));
}

export async function make(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const form = parseForm(nameForm, bodyOf(ctx));
  if (!form.ok) {
    const values = typedValues(bodyOf(ctx), ['name']);
    return showTeams(deps, ctx, account, { values, errors: form.errors });
  }
  const id = await makeTeam(deps.database.knex, form.value.name, account.id, changeBy(ctx, account));
  seeOther(ctx, `/applications/teams/${id}`);
}

/** @param refused of one of the forms of its owners */
export async function showTeam(
  { database: { knex }, mails, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  { values = {}, errors = {} }: Refused = {},
): Promise<void> {
  const team = await getTeamFor(knex, account, ctx.params.id);
  const members = await selectMembers(knex, team.id);
  const locals = {
    team,
    members,
    isMember: members.some(({ accountId }) => accountId === account.id),
    applications: await selectTeamApplications(knex, team.id),
    invitations: await selectInvitationsOfTeam(knex, team.id, new Date()),
    isMailed: mails.areAvailable,
    values: { name: team.name, ...values },
    errors,
  };
  pages.render(ctx, 'applications/teams/show', locals, statusFor(errors));
}

export async function rename(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { id } = await getTeamOwnedBy(deps.database.knex, account, ctx.params.id);
  const form = parseForm(nameForm, bodyOf(ctx));
  if (!form.ok) {
    const values = typedValues(bodyOf(ctx), ['name']);
    return showTeam(deps, ctx, account, { values, errors: form.errors });
  }
  await renameTeam(deps.database.knex, id, form.value.name, changeBy(ctx, account));
  seeOther(ctx, `/applications/teams/${id}`);
}

export async function confirmDeletion(
  { database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<void> {
  const team = await getTeamOwnedBy(database.knex, account, ctx.params.id);
  pages.render(ctx, 'applications/teams/delete', { team });
}

export async function deleteNamed(
  { database }: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<void> {
  const { id } = await getTeamOwnedBy(database.knex, account, ctx.params.id);
  await removeTeam(database.knex, id, changeBy(ctx, account));
  seeOther(ctx, '/applications/teams');
}

export async function leave({ database }: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { id } = await getTeamFor(database.knex, account, ctx.params.id);
  await removeMember(database.knex, id, account.id, changeBy(ctx, account));
  seeOther(ctx, '/applications/teams');
}

export async function changeRole(
  { database }: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<void> {
  const { id } = await getTeamOwnedBy(database.knex, account, ctx.params.id);
  const form = parseForm(roleForm, bodyOf(ctx));
  // Only a program can send another: the page offers both roles.
  if (!form.ok) throw notFound();
  const change = { role: form.value.role, ...changeBy(ctx, account) };
  await setRole(database.knex, id, getId(ctx.params.accountId), change);
  seeOther(ctx, `/applications/teams/${id}`);
}

export async function remove({ database }: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { id } = await getTeamOwnedBy(database.knex, account, ctx.params.id);
  const accountId = getId(ctx.params.accountId);
  await removeMember(database.knex, id, accountId, changeBy(ctx, account));
  seeOther(ctx, accountId === account.id ? '/applications/teams' : `/applications/teams/${id}`);
}
