/** Handing an application over: to oneself, or to a team. */
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import type { FieldErrors } from '../../http/errors.js';
import { seeOther } from '../../http/see-other.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, getNamedApplication } from '../application-pages.js';
import { ownerOptions, readOwner } from './owner-choice.js';
import { findTeamOfApplication, selectTeamsOf } from './store.js';
import type { Team } from './team.js';
import { transferApplication } from './transfer-application.js';
import { mayGiveTo, requireMayTakeFrom } from './transfer-right.js';

/** The application the path names, with its team. @throws AppError 404, or 403 where one may not hand it over */
async function getTransferable(
  deps: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<{ application: Application; team: Team | undefined }> {
  const application = await getNamedApplication(deps, ctx, account);
  const team = await findTeamOfApplication(deps.database.knex, application.id);
  await requireMayTakeFrom(deps.database.knex, account, team);
  return { application, team };
}

export async function showTransfer(
  deps: ApplicationDeps,
  ctx: Context,
  account: Account,
  errors: FieldErrors = {},
): Promise<void> {
  const { application, team } = await getTransferable(deps, ctx, account);
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
  const { application } = await getTransferable(deps, ctx, account);
  requireRecentSignIn(ctx, `/applications/${application.id}/transfer`);
  const { knex } = deps.database;
  const owner = await readOwner(knex, account, bodyOf(ctx).owned_by);
  if (!owner || !(await mayGiveTo(knex, account, owner))) {
    const errors = { owned_by: 'Choose yourself, or a team that you are an owner of.' };
    return showTransfer(deps, ctx, account, errors);
  }
  const most = account.isSuperuser ? undefined : deps.config.applicationsPerPerson;
  await transferApplication(knex, application.id, owner, { most, ...changeBy(ctx, account) });
  seeOther(ctx, `/applications/${application.id}`);
}
