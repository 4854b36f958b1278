/**
 * The pages of a sign-in at an application: who are you, and what may it do. Each step only ever leads back to the
 * engine, which decides what comes next, so that a step (a second factor, say) can be added without touching another.
 *
 * URLs: /interaction/<uid>, its login, passkey, second-step, decline, consent, deny and switch.
 * Tables: consents (consents.ts); the sign-in in progress is the engine's (src/engine/storage/sessions-store.ts).
 * Passwords and second factors are checked by src/accounts.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Application } from '../applications/application.js';
import { findApplicationByClientId, findOwnerName } from '../applications/find-application.js';
import { recordEvent } from '../audit/audit.js';
import { findLook } from '../branding/application-looks.js';
import type { Database } from '../database/database.js';
import { enginePaths } from '../engine/engine-paths.js';
import { AppError } from '../http/errors.js';
import { seeOther } from '../http/see-other.js';
import { text } from '../languages/texts.js';
import { describeConsentPage } from './consent-page.js';
import { recordConsent, rememberConsent } from './consents.js';
import { decideConsent } from './decide-consent.js';
import {
  type AuthorizationDeps,
  clientIdOf,
  findInteraction,
  finish,
  getInteraction,
  type Interaction,
} from './interaction.js';
import {
  askPasskeyOf,
  declineFactor,
  showLoginStep,
  showSecondStepOf,
  submitPasskey,
  submitPassword,
  submitSecondStepOf,
} from './login-step.js';
import { recoverInteraction, requestAgain } from './recover.js';

async function showStep(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await findInteraction(deps, ctx);
  if (interaction?.prompt.name === 'login') {
    return showLoginStep(deps, ctx, interaction);
  }
  // Somebody who was signed out in the meantime is not asked, but sent round to sign in again.
  if (interaction?.prompt.name === 'consent' && isSignedIn(ctx, interaction))
    return showConsent(deps, ctx, interaction);
  if (await recoverInteraction(deps.database, ctx)) return;
  throw new AppError(404, 'sign_in_expired', text('authorization.expired.message'), {
    hint: text('authorization.expired.hint'),
  });
}

/** @throws AppError 404 when it was removed since the sign-in began */
async function getApplication(database: Database, interaction: Interaction): Promise<Application> {
  const application = await findApplicationByClientId(database.knex, clientIdOf(interaction));
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
  const owner = await findOwnerName(database.knex, application);
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
  const { network, requestId, actor } = ctx.state;
  const change = { accountId, clientId, network, requestId, at: new Date() };
  if (actor) {
    // A superuser who acts as somebody else decides for this sign-in alone: nothing of it is left once they stop.
    await recordConsent(deps.database.knex, decision, change);
    return seeOther(ctx, await finish(deps, ctx, { consent: { decision } }));
  }
  await rememberConsent(deps.database.knex, decision, change);
  seeOther(ctx, await finish(deps, ctx, { consent: {} }));
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
    clientId: clientIdOf(interaction),
    network: ctx.state.network,
    requestId: ctx.state.requestId,
  });
  const refusal = { error: 'access_denied', error_description: 'the person did not allow it' };
  seeOther(ctx, await finish(deps, ctx, refusal));
}

/** "Not you?": signs out here and starts the same request over. */
async function switchAccount(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const { params, deviceCode } = await getInteraction(deps, ctx, 'consent');
  await deps.sessions.end(ctx);
  if (deviceCode) await releaseDeviceCode(deps.engine, deviceCode);
  seeOther(ctx, deviceCode ? enginePaths.code_verification : requestAgain(params as Record<string, string>));
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
  router.get('/interaction/:uid/second-step', (ctx) => showSecondStepOf(deps, ctx));
  // The address of a page that answered a form: opened again, or read in another language.
  router.get('/interaction/:uid/:step', (ctx) => seeOther(ctx, `/interaction/${ctx.params.uid}`));
  router.post('/interaction/:uid/login', (ctx) => submitPassword(deps, ctx));
  router.post('/interaction/:uid/second-step/passkey', (ctx) => askPasskeyOf(deps, ctx));
  router.post('/interaction/:uid/second-step', (ctx) => submitSecondStepOf(deps, ctx));
  router.post('/interaction/:uid/decline', (ctx) => declineFactor(deps, ctx));
  router.post('/interaction/:uid/passkey', (ctx) => submitPasskey(deps, ctx));
  router.post('/interaction/:uid/consent', (ctx) => allow(deps, ctx));
  router.post('/interaction/:uid/deny', (ctx) => deny(deps, ctx));
  router.post('/interaction/:uid/switch', (ctx) => switchAccount(deps, ctx));
  return router;
}
