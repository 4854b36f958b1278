/** The pages of joining, signing in and signing out: a form on one side, a domain function on the other. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { FieldErrors } from '../http/errors.js';
import { parseForm, typedValues, word } from '../http/form-input.js';
import type { RenderOptions } from '../http/pages.js';
import { seeOther } from '../http/see-other.js';
import { type Text, text } from '../languages/texts.js';
import type { AccountDeps } from './account-deps.js';
import { checkCredentials } from './check-credentials.js';
import { readCredentials } from './credentials-form.js';
import { factorCookies } from './factors/factor-cookies.js';
import { beginSecondStep, describeStartAgain } from './factors/second-step-page.js';
import { SIGN_IN_SECOND_STEP, secondStepAddress } from './factors/sign-in-second-step.js';
import { makeKeepLink } from './leaving/keep-link.js';
import { describeFailure } from './login-failure.js';
import { nextOf, safeNext } from './safe-next.js';
import { signInHere, signInToNewAccount } from './sign-in-here.js';
import { requireOpenSignup, signUp } from './sign-up.js';

const SIGN_UP_FIELDS = ['username', 'email', 'first_name', 'last_name'] as const;

const signUpForm = z.object({
  username: word,
  email: word,
  first_name: word,
  last_name: word,
  password: word,
  next: word,
});

/** The way on may be an authorization request, whose redirect to the client form-action 'self' would stop. */
function formActionFor(next: string | undefined): RenderOptions['formAction'] {
  return next ? 'any' : 'self';
}

interface SignUpForm {
  values: Record<string, string>;
  errors: FieldErrors;
  next: string | undefined;
}

function renderSignUp({ config, pages }: AccountDeps, ctx: Context, form: SignUpForm): void {
  const status = Object.keys(form.errors).length ? 422 : 200;
  const { minLength } = config.passwords;
  pages.render(
    ctx,
    'accounts/signup',
    { ...form, minLength },
    { status, formAction: formActionFor(form.next) },
  );
}

export function signUpPage(deps: AccountDeps, ctx: Context): void {
  requireOpenSignup(deps.config);
  renderSignUp(deps, ctx, { values: {}, errors: {}, next: nextOf(ctx.query.next) });
}

export async function submitSignUp(deps: AccountDeps, ctx: Context): Promise<void> {
  requireOpenSignup(deps.config);
  const { network, requestId, language } = ctx.state;
  const values = typedValues(ctx.request.body, SIGN_UP_FIELDS);
  const form = parseForm(signUpForm, ctx.request.body);
  if (!form.ok) return renderSignUp(deps, ctx, { values, errors: form.errors, next: undefined });

  const { username, email, first_name: firstName, last_name: lastName, password, next } = form.value;
  const result = await signUp(
    deps,
    { username, email, firstName, lastName, password },
    { network, requestId, language, next: nextOf(next) },
  );
  if (!result.ok) return renderSignUp(deps, ctx, { values, errors: result.errors, next: nextOf(next) });
  await signInToNewAccount(deps, ctx, result.account);
  seeOther(ctx, safeNext(next));
}

export interface SignInForm {
  status?: number;
  username?: string;
  error?: Text | undefined;
  notice?: Text;
  next: string | undefined;
}

export function renderSignIn(
  { pages }: AccountDeps,
  ctx: Context,
  { status = 200, ...form }: SignInForm,
): void {
  pages.render(
    ctx,
    'accounts/login',
    { action: '/login', passkeyAction: '/login/passkey', ...form },
    { status, formAction: formActionFor(form.next) },
  );
}

export function signInPage(deps: AccountDeps, ctx: Context): void {
  // Told by the address: nothing to store, and harmless to open by hand.
  const notice = ctx.query.reset === 'done' ? { notice: text('recovery.done') } : {};
  renderSignIn(deps, ctx, { ...notice, next: nextOf(ctx.query.next), error: describeStartAgain(ctx) });
}

export async function signIn(deps: AccountDeps, ctx: Context): Promise<void> {
  const form = readCredentials(ctx.request.body);
  const next = nextOf(form.next);
  const { username: typed = '' } = typedValues(ctx.request.body, ['username']);
  if (!form.ok) return renderSignIn(deps, ctx, { status: 422, username: typed, error: form.error, next });

  const { username, password } = form;
  const { network, requestId } = ctx.state;
  const browserToken = factorCookies(deps.config).findBrowser(ctx);
  const result = await checkCredentials(deps, {
    username,
    password,
    network,
    requestId,
    browserToken,
    findKnownBrowser: (account) => deps.knownBrowsers.find(ctx, account),
  });
  if (result.outcome === 'second_step') {
    const { account } = result;
    await beginSecondStep(deps, ctx, { account, methods: ['pwd'], path: SIGN_IN_SECOND_STEP });
    return seeOther(ctx, secondStepAddress(next));
  }
  if (result.outcome === 'wrong' && result.leaving)
    return seeOther(ctx, await makeKeepLink(deps.database.knex, result.leaving));
  if (result.outcome !== 'ok')
    return renderSignIn(deps, ctx, { username, ...describeFailure(ctx, result), next });
  await signInHere(deps, ctx, result.account, ['pwd']);
  seeOther(ctx, safeNext(form.next));
}

export function confirmSignOut({ pages }: AccountDeps, ctx: Context): void {
  if (ctx.state.account) pages.render(ctx, 'accounts/logout');
  else seeOther(ctx, '/');
}

export async function signOut({ sessions }: AccountDeps, ctx: Context): Promise<void> {
  await sessions.end(ctx);
  seeOther(ctx, '/');
}
