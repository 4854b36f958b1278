/** The form of an application's settings: a new one, one that is changed, and what is said of redirect URIs on the way. */
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { AppError, type FieldErrors } from '../../http/errors.js';
import { textOf } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { describeScope } from '../../scopes/scopes.js';
import { APPLICATION_KINDS, type Application, type ApplicationKind } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy } from '../application-pages.js';
import { curlLines } from '../connect/curl-lines.js';
import { endpointsOf } from '../endpoints.js';
import { type JudgedUri, linesOf, listRemarks } from '../redirect-uris/judge-redirect-uris.js';
import { registerApplication } from '../register-application.js';
import { requireRegistrationRight } from '../standing/may-register.js';
import { findStanding } from '../standing/standing.js';
import { ownerOptions, readOwner } from '../teams/owner-choice.js';
import { selectTeamsOf } from '../teams/store.js';
import { updateApplication } from '../update-application.js';
import { checkSettings } from './check-settings.js';
import { TOO_MANY_URIS } from './check-uris.js';
import { EMPTY_FORM, fillForm, readForm } from './form.js';
import { GRANT_LABELS } from './grant-labels.js';
import { KINDS, usualSettings } from './kinds.js';
import { type ApplicationInput, MAX_URIS, redirectRulesOf, rulesFor } from './rules.js';

interface Form {
  /** undefined: a new one. */
  application?: Application;
  values: ApplicationInput;
  errors?: FieldErrors;
}

async function showForm(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  form: Form,
): Promise<void> {
  const { application, values, errors = {} } = form;
  const teams = application ? [] : await selectTeamsOf(database.knex, account.id);
  const rules = rulesFor(config, account.isSuperuser);
  const mayHave = (grantType: string) =>
    grantType !== 'password' || rules.passwordGrant || values.grantTypes?.includes(grantType);
  pages.render(
    ctx,
    'applications/form',
    {
      application,
      values,
      errors,
      rules,
      kinds: APPLICATION_KINDS.map((name) => ({ name, ...KINDS[name], usual: usualFields(name) })),
      grants: Object.entries(GRANT_LABELS)
        .filter(([value]) => mayHave(value))
        .map(([value, { label, sentence }]) => ({ value, label, sentence })),
      sentences: Object.fromEntries(
        rules.scopes.map((scope) => [scope, describeScope(config.scopes, scope)]),
      ),
      usualScopes: config.scopes.defaults,
      lifetimes: config.lifetimes,
      owners: ownerOptions(teams),
      owner: textOf(bodyOf(ctx).owned_by),
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/** Under the names of the fields: what application-form.js moves along with the kind. */
function usualFields(kind: ApplicationKind) {
  const { clientType, grantTypes, pkce } = usualSettings(kind);
  return { client_type: clientType, grant_types: grantTypes, pkce };
}

export async function showRegistration(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  await requireRegistrationRight(deps.database.knex, deps.config, account);
  await showForm(deps, ctx, account, { values: EMPTY_FORM });
}

export async function register(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { config, database, mails } = deps;
  const right = await requireRegistrationRight(database.knex, config, account);
  const values = readForm(bodyOf(ctx));
  const { settings, errors } = checkSettings(values, rulesFor(config, account.isSuperuser));
  const owner = await readOwner(database.knex, account, bodyOf(ctx).owned_by);
  if (errors || !owner) {
    const wrongOwner: FieldErrors = owner ? {} : { owned_by: 'Choose yourself, or a team that you are in.' };
    return showForm(deps, ctx, account, { values, errors: { ...errors, ...wrongOwner } });
  }
  const { application, secret } = await registerApplication(database.knex, {
    settings,
    ownerId: 'accountId' in owner ? owner.accountId : null,
    teamId: 'teamId' in owner ? owner.teamId : undefined,
    quota: !account.isSuperuser && { accountId: account.id, most: config.applicationsPerPerson },
    approval: right === 'approval' ? mails : undefined,
    ...changeBy(ctx, account),
  });
  const endpoints = endpointsOf(config.issuer);
  deps.pages.render(ctx, 'applications/registered', {
    application,
    secret,
    endpoints,
    standing: await findStanding(database.knex, application),
    advice: adviceOn(deps, application),
    lines: curlLines(application, endpoints, secret),
  });
}

export async function showSettings(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  await showForm(deps, ctx, account, { application, values: fillForm(application) });
}

export async function update(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const values = readForm(bodyOf(ctx));
  const rules = rulesFor(deps.config, account.isSuperuser);
  const { errors } = checkSettings(values, rules, application);
  if (errors) return showForm(deps, ctx, account, { application, values, errors });
  const decide = (current: Application) => {
    const { settings } = checkSettings(values, rules, current);
    if (settings) return settings;
    throw new AppError(
      409,
      'changed_meanwhile',
      'The application was changed by somebody else at the same moment.',
      {
        hint: 'Nothing was saved. Go back, reload the page and make your changes again.',
      },
    );
  };
  await updateApplication(deps.database.knex, application.id, { decide, ...changeBy(ctx, account) });
  seeOther(ctx, `/applications/${application.id}`);
}

/** What there is to know about the redirect URIs that an application has. */
export function adviceOn(
  { config }: ApplicationDeps,
  { kind, clientType, redirectUris }: Application,
): JudgedUri[] {
  const typed = redirectUris.map((uri, index) => ({ uri, line: index + 1 }));
  return listRemarks(typed, { kind, clientType, ...redirectRulesOf(config) });
}

/**
 * For application-form.js, which shows it while they are typed: the lines of the form's field that have a problem or advice,
 * under the same rules as when they are saved. Answers JSON.
 */
export function checkTypedRedirectUris({ config }: ApplicationDeps, ctx: Context): void {
  const body = bodyOf(ctx);
  const kind = APPLICATION_KINDS.find((name) => name === body.kind) ?? 'web';
  const clientType =
    (['confidential', 'public'] as const).find((name) => name === body.client_type) ??
    usualSettings(kind).clientType;
  const typed = linesOf(textOf(body.redirect_uris));
  const isTooMany = typed.length > MAX_URIS;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = {
    count: typed.length,
    problem: isTooMany ? TOO_MANY_URIS(typed.length) : undefined,
    lines: isTooMany ? [] : listRemarks(typed, { kind, clientType, ...redirectRulesOf(config) }),
  };
}
