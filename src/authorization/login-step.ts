/** The step of a sign-in at an application that asks who it is: the password, and the second factor. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { AccessEnded } from '../accounts/access-epoch.js';
import type { Account } from '../accounts/account.js';
import { acrOf, type Method } from '../accounts/authentication.js';
import { checkCredentials } from '../accounts/check-credentials.js';
import { readCredentials } from '../accounts/credentials-form.js';
import { mayGoOn, verificationPage } from '../accounts/email-addresses/require-verified-email.js';
import { factorCookies } from '../accounts/factors/factor-cookies.js';
import { findFactors, hasFactor } from '../accounts/factors/find-factors.js';
import {
  askAtSecondStep,
  beginSecondStep,
  describeStartAgain,
  type SecondStepPlace,
  showSecondStep,
  submitSecondStep,
} from '../accounts/factors/second-step-page.js';
import { findEnabledAccount } from '../accounts/find-account.js';
import { makeKeepLink } from '../accounts/leaving/keep-link.js';
import { describeFailure } from '../accounts/login-failure.js';
import { browserOf } from '../accounts/passkeys/browser-of.js';
import { describePasskeyFailure } from '../accounts/passkeys/passkey-failure.js';
import { signInWithPasskey } from '../accounts/passkeys/sign-in-with-passkey.js';
import { findApplicationByClientId } from '../applications/find-application.js';
import { findLook } from '../branding/application-looks.js';
import type { Database } from '../database/database.js';
import { EMAIL_NOT_VERIFIED, FACTOR_REQUIRED } from '../engine/interaction-policy.js';
import { seeOther } from '../http/see-other.js';
import type { Text } from '../languages/texts.js';
import {
  type AuthorizationDeps,
  clientIdOf,
  findInteraction,
  finish,
  getInteraction,
  type Interaction,
  parameter,
  resume,
} from './interaction.js';

const addressOf = ({ uid }: Interaction) => `/interaction/${uid}`;
const secondStepOf = (interaction: Interaction) => `${addressOf(interaction)}/second-step`;

/** The application insists on a second factor. */
const needsFactor = ({ prompt }: Interaction): boolean => prompt.reasons.includes(FACTOR_REQUIRED);

/**
 * By signing up, in another tab, or by confirming the address, where nothing else was asked for, but perhaps a second
 * factor, which the engine then asks for by itself.
 */
function hasSignedInSince(ctx: Context, { prompt: { reasons } }: Interaction): boolean {
  const settled = ['no_session', EMAIL_NOT_VERIFIED];
  const isAnySignInEnough = reasons.every((reason) => [...settled, FACTOR_REQUIRED].includes(reason));
  const isSettled = reasons.some((reason) => settled.includes(reason));
  return ctx.state.account !== undefined && isSettled && isAnySignInEnough;
}

/** Somebody who is signed in by password alone and has a second factor: they are asked for nothing but that. */
async function findOneFactorAway(
  { database }: AuthorizationDeps,
  { state: { account, signIn } }: Context,
  { prompt: { reasons } }: Interaction,
): Promise<{ account: Account; methods: Method[] } | undefined> {
  if (!account || !signIn || reasons.some((reason) => reason !== FACTOR_REQUIRED)) return undefined;
  const factors = await findFactors(database.knex, account.id);
  return hasFactor(factors) ? { account, methods: signIn.methods } : undefined;
}

export async function showLoginStep(
  deps: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
): Promise<void> {
  const { account } = ctx.state;
  if (account && hasSignedInSince(ctx, interaction)) {
    if (mayGoOn(deps.config, account)) return resume(ctx, interaction);
    return seeOther(ctx, verificationPage(addressOf(interaction)));
  }
  const error = describeStartAgain(ctx);
  if (error) return showPassword(deps, ctx, interaction, { error, status: 200 });
  const known = await findOneFactorAway(deps, ctx, interaction);
  if (!known) return showPassword(deps, ctx, interaction);
  const path = secondStepOf(interaction);
  await beginSecondStep(deps, ctx, { ...known, path });
  seeOther(ctx, path);
}

/** What the pages show of the application; nothing of one that was removed since the sign-in began. */
async function describeApplication(
  { knex }: Database,
  interaction: Interaction,
): Promise<Pick<SecondStepPlace, 'applicationName' | 'look'>> {
  const application = await findApplicationByClientId(knex, clientIdOf(interaction));
  return {
    applicationName: application?.name,
    look: application && (await findLook(knex, application.id)),
  };
}

async function showPassword(
  { database, pages }: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
  failure: { username?: string; error: Text; status: number } | undefined = undefined,
): Promise<void> {
  const shown = await describeApplication(database, interaction);
  pages.render(
    ctx,
    'accounts/login',
    {
      action: `${addressOf(interaction)}/login`,
      passkeyAction: `${addressOf(interaction)}/passkey`,
      username:
        failure?.username ?? parameter(interaction, 'login_hint') ?? ctx.state.account?.username ?? '',
      error: failure?.error,
      next: addressOf(interaction),
      ...shown,
    },
    { status: failure?.status ?? 200, formAction: 'any' },
  );
}

export async function submitPassword(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'login');
  const form = readCredentials(ctx.request.body);
  if (!form.ok) return showPassword(deps, ctx, interaction, { username: '', error: form.error, status: 422 });
  const { username, password } = form;
  const { network, requestId } = ctx.state;
  const result = await checkCredentials(deps, {
    username,
    password,
    network,
    requestId,
    clientId: clientIdOf(interaction),
    browserToken: factorCookies(deps.config).findBrowser(ctx),
    findKnownBrowser: (account) => deps.knownBrowsers.find(ctx, account),
    needsFactor: needsFactor(interaction),
  });
  if (result.outcome === 'second_step') {
    const path = secondStepOf(interaction);
    await beginSecondStep(deps, ctx, { account: result.account, methods: ['pwd'], path });
    return seeOther(ctx, path);
  }
  if (result.outcome === 'wrong' && result.leaving)
    return seeOther(ctx, await makeKeepLink(deps.database.knex, result.leaving));
  if (result.outcome !== 'ok')
    return showPassword(deps, ctx, interaction, { username, ...describeFailure(ctx, result) });
  seeOther(ctx, await finishAs(deps, ctx, interaction, result.account, ['pwd']));
}

export async function submitPasskey(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'login');
  const { network, requestId } = ctx.state;
  const result = await signInWithPasskey(deps, {
    response: (ctx.request.body as Record<string, unknown>).response,
    browser: browserOf(ctx),
    network,
    requestId,
    clientId: clientIdOf(interaction),
  });
  if (result.outcome === 'wrong' && result.leaving)
    return seeOther(ctx, await makeKeepLink(deps.database.knex, result.leaving));
  if (result.outcome !== 'ok')
    return showPassword(deps, ctx, interaction, { username: '', ...describePasskeyFailure(ctx, result) });
  seeOther(ctx, await finishAs(deps, ctx, interaction, result.account, result.methods));
}

/**
 * @returns where the browser goes next
 * @throws AccessEnded
 */
async function finishAs(
  deps: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
  account: Account,
  methods: Method[],
): Promise<string> {
  if (ctx.state.account && ctx.state.account.id !== account.id) await leaveToAnother(deps, ctx, interaction);
  // For somebody who waited long to have the password checked. What happens from here on is found out when the session
  // and the code are stored (src/engine/storage).
  const now = await findEnabledAccount(deps.database.knex, account.id);
  if (now?.accessEpoch !== account.accessEpoch) throw new AccessEnded(addressOf(interaction));
  await deps.knownBrowsers.greet(ctx, account);
  const { accessEpoch } = account;
  const login = { accountId: String(account.id), accessEpoch, amr: methods, acr: acrOf(methods) };
  return finish(deps, ctx, { login });
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

async function placeOf(
  deps: AuthorizationDeps,
  ctx: Context,
  interaction: Interaction,
): Promise<SecondStepPlace> {
  return {
    path: secondStepOf(interaction),
    start: addressOf(interaction),
    formAction: 'any',
    clientId: clientIdOf(interaction),
    ...(await describeApplication(deps.database, interaction)),
    declineAction: needsFactor(interaction) ? `${addressOf(interaction)}/decline` : undefined,
    finish: (account, methods) => finishAs(deps, ctx, interaction, account, methods),
  };
}

export async function showSecondStepOf(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await findInteraction(deps, ctx);
  // The page of the sign-in finds out what has become of it.
  if (interaction?.prompt.name !== 'login') return seeOther(ctx, `/interaction/${ctx.params.uid}`);
  await showSecondStep(deps, ctx, await placeOf(deps, ctx, interaction));
}

/** For the script of the page of the second step. */
export async function askPasskeyOf(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  await getInteraction(deps, ctx, 'login');
  await askAtSecondStep(deps, ctx);
}

export async function submitSecondStepOf(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  const interaction = await getInteraction(deps, ctx, 'login');
  await submitSecondStep(deps, ctx, await placeOf(deps, ctx, interaction));
}

/** Somebody without a second factor will not set one up: the application learns that it does not get what it asked for. */
export async function declineFactor(deps: AuthorizationDeps, ctx: Context): Promise<void> {
  await getInteraction(deps, ctx, 'login');
  const error = 'unmet_authentication_requirements';
  const next = await finish(deps, ctx, { error, error_description: 'the person has no second factor' });
  seeOther(ctx, next);
}
