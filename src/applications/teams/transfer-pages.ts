/** Handing an application over: to oneself, or to a team. */
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { AppError, type FieldErrors } from '../../http/errors.js';
import { seeOther } from '../../http/see-other.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, namedApplication } from '../application-pages.js';
import { ownerOptions, readOwner } from './owner-choice.js';
import { findRole, findTeamOfApplication, selectTeamsOf } from './store.js';
import type { Team } from './team.js';
import { transferApplication } from './transfer-application.js';

/**
 * Members change the applications of a team; its owners alone take one out of it.
 * @throws AppError 403
 */
async function requireOwner(
  { database }: ApplicationDeps,
  account: Account,
  team: Team | undefined,
): Promise<void> {
  if (!team || account.isSuperuser) return;
  if ((await findRole(database.knex, team.id, account.id)) === 'owner') return;
  throw new AppError(403, 'owners_only', 'Only an owner of the team can hand its applications over.', {
    hint: 'The owners are named on the page of the team.',
    link: { href: `/applications/teams/${team.id}`, text: team.name },
  });
}

async function named(
  deps: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<{ application: Application; team: Team | undefined }> {
  const application = await namedApplication(deps, ctx, account);
  const team = await findTeamOfApplication(deps.database.knex, application.id);
  await requireOwner(deps, account, team);
  return { application, team };
}

export async function showTransfer(
  deps: ApplicationDeps,
  ctx: Context,
  account: Account,
  errors: FieldErrors = {},
): Promise<void> {
  const { application, team } = await named(deps, ctx, account);
  const teams = await selectTeamsOf(deps.database.knex, account.id);
  deps.pages.render(
    ctx,
    'applications/teams/transfer',
    {
      application,
      team,
      options: ownerOptions(teams.filter(({ role }) => role === 'owner')),
      errors,
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

export async function transfer(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { application } = await named(deps, ctx, account);
  requireRecentSignIn(ctx, `/applications/${application.id}/transfer`);
  const { knex } = deps.database;
  const owner = await readOwner(knex, account, bodyOf(ctx).owned_by);
  const isAllowed =
    owner && (!('teamId' in owner) || (await findRole(knex, owner.teamId, account.id)) === 'owner');
  if (!isAllowed) {
    const errors = { owned_by: 'Choose yourself, or a team that you are an owner of.' };
    return showTransfer(deps, ctx, account, errors);
  }
  const most = account.isSuperuser ? undefined : deps.config.applicationsPerPerson;
  await transferApplication(knex, application.id, owner, { most, ...changeBy(ctx, account) });
  seeOther(ctx, `/applications/${application.id}`);
}
