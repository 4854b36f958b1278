/** Registering, reading, changing and deleting applications. */
import { z } from 'zod';
import type { Application, ApplicationSettings } from '../applications/application.js';
import { deleteApplication } from '../applications/delete-application.js';
import { listApplications } from '../applications/list-applications.js';
import { registerApplication } from '../applications/register-application.js';
import { checkSettings } from '../applications/settings/check-settings.js';
import { nameErrors, type SettingsDocument, toInput } from '../applications/settings/document.js';
import { rulesFor } from '../applications/settings/rules.js';
import { requireRegistrationRight } from '../applications/standing/may-register.js';
import { readOwner } from '../applications/teams/owner-choice.js';
import { findTeamOfApplication, selectTeamIds } from '../applications/teams/store.js';
import { updateApplication } from '../applications/update-application.js';
import type { FieldErrors } from '../http/errors.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import type { ApplicationsApiDeps } from './deps.js';
import { handOver, ownedDocument } from './owner.js';
import {
  changeByToken,
  getTokensApplication,
  requireEveryApplication,
  requireManaging,
} from './require-token.js';
import { applicationShape, showApplication } from './shapes.js';

const TAG = 'Applications';
const ONE = '/api/applications/{client_id}';

const pageQuery = z.object({
  page: z.coerce.number().optional().meta({ description: 'Counted from 1; 50 applications each.' }),
  search: z.string().optional().meta({ description: 'Part of a name or client id.' }),
});

const listShape = z
  .strictObject({ applications: z.array(applicationShape), total: z.int(), page: z.int(), pages: z.int() })
  .meta({ id: 'Applications' });

const registeredShape = z
  .strictObject({
    application: applicationShape,
    client_secret: z
      .string()
      .nullable()
      .meta({ description: 'Shown here and never again; null for a public client.' }),
  })
  .meta({ id: 'RegisteredApplication' });

export function applicationOperations({ config, database, mails }: ApplicationsApiDeps): Operation[] {
  /**
   * @param others what is wrong beside the settings
   * @throws AppError 422
   */
  function check(
    document: SettingsDocument,
    { trusted, current, others = {} }: { trusted: boolean; current?: Application; others?: FieldErrors },
  ): ApplicationSettings {
    const { settings, errors } = checkSettings(toInput(document), rulesFor(config, trusted), current);
    if (!settings || Object.keys(others).length)
      throw invalidFields({ ...nameErrors(errors ?? {}), ...others });
    return settings;
  }

  const show = async (application: Application) =>
    showApplication(application, (await findTeamOfApplication(database.knex, application.id))?.id);

  return [
    operation({
      method: 'get',
      path: '/api/applications',
      tag: TAG,
      summary: 'The applications that the maker of the token may change, newest first',
      access: 'api-token',
      query: pageQuery,
      answers: { 200: listShape },
      async run({ ctx, account, query }) {
        requireEveryApplication(ctx);
        const list = await listApplications(database.knex, {
          ...(account.isSuperuser ? {} : { memberId: account.id }),
          ...(query.search === undefined ? {} : { search: query.search }),
          ...(query.page === undefined ? {} : { page: query.page }),
        });
        const { total, page, pages } = list;
        const teams = await selectTeamIds(
          database.knex,
          list.applications.map(({ id }) => id),
        );
        const applications = list.applications.map((each) => showApplication(each, teams.get(each.id)));
        return reply(200, { applications, total, page, pages });
      },
    }),

    operation({
      method: 'post',
      path: '/api/applications',
      tag: TAG,
      summary: 'Register an application',
      description:
        '`name` and `kind` are enough for most, and `redirect_uris` where people come back to it; `team_id` for one of a team that the maker of the token is in. Where new applications need an approval, it is disabled until it has it.',
      access: 'api-token',
      body: ownedDocument,
      answers: { 201: registeredShape },
      refusals: {
        403: 'The maker of the token may not register applications.',
        429: 'Too many applications, or too many within the hour.',
      },
      async run({ ctx, account, body }) {
        requireEveryApplication(ctx);
        const right = await requireRegistrationRight(database.knex, config, account);
        const { team_id: team, ...document } = body;
        const owner = await readOwner(database.knex, account, String(team ?? ''));
        const others: FieldErrors = owner
          ? {}
          : { team_id: 'Give the id of a team that you are in, or null for yourself.' };
        const settings = check(document, { trusted: account.isSuperuser, others });
        const teamId = owner && 'teamId' in owner ? owner.teamId : undefined;
        const { application, secret } = await registerApplication(database.knex, {
          settings,
          ownerId: account.id,
          teamId,
          quota: !account.isSuperuser && { accountId: account.id, most: config.applicationsPerPerson },
          approval: right === 'approval' ? mails : undefined,
          ...changeByToken(ctx, account),
        });
        return reply(201, {
          application: showApplication(application, teamId),
          client_secret: secret ?? null,
        });
      },
    }),

    operation({
      method: 'get',
      path: ONE,
      tag: TAG,
      summary: 'One application',
      access: 'api-token',
      answers: { 200: applicationShape },
      async run({ ctx, account }) {
        requireManaging(ctx);
        return reply(200, await show(await getTokensApplication(database, ctx, account)));
      },
    }),

    operation({
      method: 'patch',
      path: ONE,
      tag: TAG,
      summary: 'Change an application',
      description:
        'What is left out stays as it is. Another `team_id` hands the application over: out of a team and into one only as its owner, and with a token for every application.',
      access: 'api-token',
      body: ownedDocument,
      answers: { 200: applicationShape },
      refusals: {
        403: 'The maker of the token is no owner of the team that has the application, or the token is for one application alone.',
        429: 'The new owner has as many applications as one may have.',
      },
      async run({ ctx, account, body }) {
        requireManaging(ctx);
        const application = await getTokensApplication(database, ctx, account);
        const { team_id: teamId, ...document } = body;
        const changed = await database.knex.transaction(async (transaction) => {
          // First: whoever hands an application over holds the team before the application.
          if (teamId !== undefined)
            await handOver(transaction, config, ctx, { account, application, teamId });
          return updateApplication(transaction, application.id, {
            decide: (current) => check(document, { trusted: account.isSuperuser, current }),
            ...changeByToken(ctx, account),
          });
        });
        return reply(200, await show(changed));
      },
    }),

    operation({
      method: 'delete',
      path: ONE,
      tag: TAG,
      summary: 'Delete an application',
      description:
        'Its tokens end at once, on every process within a second. Its client id is never given out again.',
      access: 'api-token',
      answers: { 204: null },
      async run({ ctx, account }) {
        requireManaging(ctx);
        const { id } = await getTokensApplication(database, ctx, account);
        await deleteApplication(database.knex, id, changeByToken(ctx, account));
        return reply(204);
      },
    }),
  ];
}
