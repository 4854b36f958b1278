import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { notFound } from '../../http/errors.js';
import { line, parseForm, refusal, textOf, typedValues } from '../../http/form-input.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import { type ApplicationDeps, bodyOf, changeBy } from '../application-pages.js';
import { getTeamOwnedBy } from './find-team.js';
import {
  acceptInvitation,
  declineInvitation,
  getInvitation,
  inviteToTeam,
  withdrawInvitation,
} from './invitations.js';
import { type InvitationName, selectInvitationsOfTeam } from './invitations-store.js';
import { ROLES } from './team.js';
import { showTeam } from './team-pages.js';

const form = z.object({
  who: line({ label: text('accounts.fields.username'), max: 254, required: true }),
  role: z.enum(ROLES, refusal('forms.notAccepted')).default('member'),
});

export async function inviteSomebody(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const team = await getTeamOwnedBy(deps.database.knex, account, ctx.params.id);
  requireRecentSignIn(ctx, `/applications/teams/${team.id}`);
  const read = parseForm(form, bodyOf(ctx));
  const errors = read.ok
    ? await inviteToTeam(deps, team, account, read.value, changeBy(ctx, account))
    : read.errors;
  if (!errors) return seeOther(ctx, `/applications/teams/${team.id}`);
  const values = typedValues(bodyOf(ctx), ['who', 'role']);
  return showTeam(deps, ctx, account, { values, errors });
}

export async function withdraw({ database }: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const team = await getTeamOwnedBy(database.knex, account, ctx.params.id);
  const id = getId(ctx.params.invitationId);
  const open = await selectInvitationsOfTeam(database.knex, team.id, new Date());
  const invitation = open.find((each) => each.id === id);
  if (!invitation) throw notFound();
  await withdrawInvitation(database.knex, team, invitation, changeBy(ctx, account));
  seeOther(ctx, `/applications/teams/${team.id}`);
}

async function answer(
  { database }: ApplicationDeps,
  ctx: Context,
  account: Account,
  { name, isAccepted }: { name: InvitationName; isAccepted: boolean },
): Promise<void> {
  const change = changeBy(ctx, account);
  if (!isAccepted) {
    await declineInvitation(database.knex, name, account, change);
    return seeOther(ctx, '/applications/teams');
  }
  const { id } = await acceptInvitation(database.knex, name, account, change);
  seeOther(ctx, `/applications/teams/${id}`);
}

export async function answerInvitation(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const isAccepted = ctx.params.answer === 'accept';
  if (!isAccepted && ctx.params.answer !== 'decline') throw notFound();
  const name = { id: getId(ctx.params.id), accountId: account.id };
  await answer(deps, ctx, account, { name, isAccepted });
}

export async function showLink({ database, pages }: ApplicationDeps, ctx: Context): Promise<void> {
  const token = textOf(ctx.query.token);
  const invitation = await getInvitation(database.knex, { token }, new Date());
  pages.render(ctx, 'applications/teams/join', { token, invitation });
}

export async function answerLink(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const body = bodyOf(ctx);
  const isAccepted = body.answer === 'accept';
  await answer(deps, ctx, account, { name: { token: textOf(body.token) }, isAccepted });
}
