/**
 * The pages of a sign-in at an application: who are you, and what may it do. Each step only ever leads back to the
 * engine, which decides what comes next, so that a step (a second factor, say) can be added without touching another.
 *
 * URLs: /interaction/<uid>, its login, passkey, consent, deny and switch.
 * Tables: consents (consents.ts); the sign-in in progress is the engine's (src/engine/storage/sessions-store.ts).
 * Passwords are checked by src/accounts.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { acrOf, PASSWORD_ACR } from '../accounts/authentication.js';
import { checkCredentials } from '../accounts/check-credentials.js';
import { readCredentials } from '../accounts/credentials-form.js';
import { findAccount } from '../accounts/find-account.js';
import { describeFailure } from '../accounts/login-failure.js';
import { browserOf } from '../accounts/passkeys/browser-of.js';
import { describePasskeyFailure } from '../accounts/passkeys/passkey-failure.js';
import { signInWithPasskey } from '../accounts/passkeys/sign-in-with-passkey.js';
import type { Passwords } from '../accounts/passwords.js';
import type { Application } from '../applications/application.js';
import { findApplicationByClientId } from '../applications/find-application.js';
import { recordEvent } from '../audit/audit.js';
import { findLook } from '../branding/application-looks.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { BrowserSessions } from '../engine/browser-sessions.js';
import { AppError } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { seeOther } from '../http/see-other.js';
import { type Text, text } from '../languages/texts.js';
import type { Mails } from '../mail/mails.js';
import { describeConsentPage } from './consent-page.js';
import { rememberConsent } from './consents.js';
import { decideConsent } from './decide-consent.js';
import { findRestartUrl, recoverInteraction, requestAgain } from './recover.js';

export interface AuthorizationDeps {
  engine: Provider;
  config: Config;
  database: Database;
  mails: Mails;
  pages: Pages;
  sessions: BrowserSessions;
  passwords: Passwords;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The sign-in this browser is in the middle of, when it is the one of the address. */
async function findInteraction(
  { engine }: AuthorizationDeps,
  ctx: Context,
): Promise<Interaction | undefined> {
  try {
    const interaction = await engine.interactionDetails(ctx.req, ctx.res);
    return interaction.uid === ctx.params.uid ? interaction : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** @throws AppError 400 when the browser is not in the middle of this step */
async function getInteraction(
  deps: AuthorizationDeps,
  ctx: Context,
  step: 'login' | 'consent',
): Promise<Interaction> {
  const interaction = await findInteraction(deps, ctx);
  if (interaction?.prompt.name === step) return interaction;
  const restart = await findRestartUrl(deps.database, ctx.params.uid);
  throw new AppError(400, 'sign_in_interrupted', text('authorization.interrupted.message'), {
    hint: text('authorization.interrupted.hint'),
    ...(restart ? { link: { href: restart, text: text('authorization.continue') } } : {}),
  });
}

/** Back to the engine. Path only: at localhost and 127.0.0.1 alike the browser stays where its cookies are. */
function resume(ctx: Context, returnTo: string): void {
  seeOther(ctx, new URL(returnTo).pathname);
}

async function finish(
  { engine }: AuthorizationDeps,
  ctx: Context,
  result: InteractionResults,
): Promise<void> {
  // Merged with the steps before: a sign-in that was asked for (prompt=login) still counts after the consent page.
  const returnTo = await engine.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  });
  resume(ctx, returnTo);
}

function parameter(interaction: Interaction, name: string): string | undefined {
  const value = interaction.params[name];
  return typeof value === 'string' ? value : undefined;
}

/** By signing up or in another tab, where nothing but somebody's being signed in was asked for. */
function hasSignedInSince(ctx: Context, { prompt }: Interaction): boolean {
  return ctx.state.account !== undefined && prompt.reasons.every((reason) => reason === 'no_session');
}

async function showStep(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await findInteraction(deps, ctx);
  if (interaction?.prompt.name === 'login') {
    return hasSignedInSince(ctx, interaction)
      ? resume(ctx, interaction.returnTo)
      : showLogin(deps, ctx, interaction);
  }
  // Somebody who was signed out in the meantime is not asked, but sent round to sign in again.
  if (interaction?.prompt.name === 'consent' && isSignedIn(ctx, interaction))
    return showConsent(deps, ctx, interaction);
  if (await recoverInteraction(deps.database, ctx)) return;
  throw new AppError(404, 'sign_in_expired', text('authorization.expired.message'), {
    hint: text('authorization.expired.hint'),
  });
}

async function showLogin(
  { database, pages }: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
  failure: { username: string; error: Text; status: number } | undefined = undefined,
): Promise<void> {
  const application = await findApplicationByClientId(
    database.knex,
    parameter(interaction, 'client_id') ?? '',
  );
  pages.render(
    ctx,
    'accounts/login',
    {
      action: `/interaction/${interaction.uid}/login`,
      passkeyAction: `/interaction/${interaction.uid}/passkey`,
      username:
        failure?.username ?? parameter(interaction, 'login_hint') ?? ctx.state.account?.username ?? '',
      error: failure?.error,
      next: `/interaction/${interaction.uid}`,
      applicationName: application?.name,
      look: application && (await findLook(database.knex, application.id)),
    },
    { status: failure?.status ?? 200, formAction: 'any' },
  );
}

async function logIn(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'login');
  const form = readCredentials(ctx.request.body);
  if (!form.ok) return showLogin(deps, ctx, interaction, { username: '', error: form.error, status: 422 });
  const { username, password } = form;
  const { network, requestId } = ctx.state;
  const clientId = parameter(interaction, 'client_id') ?? '';
  const result = await checkCredentials(deps, { username, password, network, requestId, clientId });
  if (result.outcome !== 'ok') {
    const { error, status } = describeFailure(ctx, result);
    return showLogin(deps, ctx, interaction, { username, error, status });
  }
  if (ctx.state.account && ctx.state.account.id !== result.account.id)
    await leaveToAnother(deps, ctx, interaction);
  await finish(deps, ctx, {
    login: { accountId: String(result.account.id), amr: ['pwd'], acr: PASSWORD_ACR },
  });
}

async function logInWithPasskey(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'login');
  const { network, requestId } = ctx.state;
  const result = await signInWithPasskey(deps, {
    response: (ctx.request.body as Record<string, unknown>).response,
    browser: browserOf(ctx),
    network,
    requestId,
    clientId: parameter(interaction, 'client_id') ?? '',
  });
  if (result.outcome !== 'ok')
    return showLogin(deps, ctx, interaction, { username: '', ...describePasskeyFailure(ctx, result) });
  const { account, methods } = result;
  if (ctx.state.account && ctx.state.account.id !== account.id) await leaveToAnother(deps, ctx, interaction);
  await finish(deps, ctx, {
    login: { accountId: String(account.id), amr: methods, acr: acrOf(methods) },
  });
}

/** Ends the session of whoever was signed in here; left to itself the engine asks its own, unstyled, question. */
async function leaveToAnother(
  { sessions }: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
): Promise<void> {
  interaction.session = undefined;
  await interaction.persist();
  await sessions.end(ctx);
}

/** @throws AppError 404 when it was removed since the sign-in began */
async function getApplication(database: Database, interaction: Interaction): Promise<Application> {
  const application = await findApplicationByClientId(
    database.knex,
    parameter(interaction, 'client_id') ?? '',
  );
  if (application) return application;
  throw new AppError(404, 'application_gone', text('authorization.gone.message'), {
    hint: text('authorization.gone.hint'),
  });
}

async function showConsent(
  { config, database, pages }: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
) {
  const application = await getApplication(database, interaction);
  const owner =
    application.ownerId === null ? undefined : await findAccount(database.knex, application.ownerId);
  const look = await findLook(database.knex, application.id);
  const locals = describeConsentPage(config, interaction, application, owner, ctx.state.account, look);
  pages.render(ctx, 'authorization/consent', locals, { formAction: 'any' });
}

async function allow(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'consent');
  const accountId = getSignedIn(ctx, interaction);
  const decision = decideConsent(interaction, ctx.request.body as Record<string, unknown>);
  if (!decision.scopes.length) return deny(deps, ctx);
  const { clientId } = await getApplication(deps.database, interaction);
  const { network, requestId } = ctx.state;
  await rememberConsent(deps.database.knex, decision, {
    accountId,
    clientId,
    network,
    requestId,
    at: new Date(),
  });
  await finish(deps, ctx, { consent: {} });
}

/** The account that is asked is the one signed in here, and nobody else. */
const isSignedIn = ({ state: { account } }: Context, { session }: Interaction): boolean =>
  account !== undefined && String(account.id) === session?.accountId;

/** @throws AppError 403 */
function getSignedIn(ctx: Context, interaction: Interaction): number {
  if (ctx.state.account && isSignedIn(ctx, interaction)) return ctx.state.account.id;
  throw new AppError(403, 'not_signed_in', text('authorization.signedOutMeanwhile.message'), {
    hint: text('authorization.signedOutMeanwhile.hint'),
  });
}

async function deny(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'consent');
  const accountId = getSignedIn(ctx, interaction);
  await recordEvent(deps.database.knex, {
    event: 'consent.denied',
    at: new Date(),
    accountId,
    clientId: parameter(interaction, 'client_id') ?? '',
    network: ctx.state.network,
    requestId: ctx.state.requestId,
  });
  await finish(deps, ctx, { error: 'access_denied', error_description: 'the person did not allow it' });
}

/** "Not you?": signs out here and starts the same request over. */
async function switchAccount(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const { params, deviceCode } = await getInteraction(deps, ctx, 'consent');
  await deps.sessions.end(ctx);
  if (deviceCode) await releaseDeviceCode(deps.engine, deviceCode);
  seeOther(ctx, deviceCode ? '/o/device' : requestAgain(params as Record<string, string>));
}

/** Lets the code be typed again: the engine takes each only once at a time. */
async function releaseDeviceCode(engine: Provider, code: string): Promise<void> {
  const found = await engine.DeviceCode.find(code);
  if (!found) return;
  found.inFlight = false;
  await found.save();
}

export function authorizationRoutes(deps: AuthorizationDeps): Router {
  const router = new Router();
  router.get('/interaction/:uid', (ctx) => showStep(deps, ctx));
  // The address of a page that answered a form: opened again, or read in another language.
  router.get('/interaction/:uid/:step', (ctx) => seeOther(ctx, `/interaction/${ctx.params.uid}`));
  router.post('/interaction/:uid/login', (ctx) => logIn(deps, ctx));
  router.post('/interaction/:uid/passkey', (ctx) => logInWithPasskey(deps, ctx));
  router.post('/interaction/:uid/consent', (ctx) => allow(deps, ctx));
  router.post('/interaction/:uid/deny', (ctx) => deny(deps, ctx));
  router.post('/interaction/:uid/switch', (ctx) => switchAccount(deps, ctx));
  return router;
}
