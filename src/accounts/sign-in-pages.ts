/** The pages of joining, signing in and signing out: a form on one side, a domain function on the other. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import { recordEvent } from '../audit/audit.js';
import type { FieldErrors } from '../http/errors.js';
import { parseForm, typedValues } from '../http/form-input.js';
import { checkCredentials } from './check-credentials.js';
import { describeFailure } from './login-failure.js';
import type { AccountDeps } from './routes.js';
import { safeNext } from './safe-next.js';
import { requireOpenSignup, signUp } from './sign-up.js';

const SIGN_UP_FIELDS = ['username', 'email', 'first_name', 'last_name'] as const;

/** The rules of each field are the domain's; here it only has to be text. */
const text = z.string({ error: 'This must be text.' }).default('');
const signUpForm = z.object({
  username: text,
  email: text,
  first_name: text,
  last_name: text,
  password: text,
  next: text,
});
const credentialsForm = z.object({ username: text, password: text, next: text });

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.set('Location', path);
  ctx.set('Cache-Control', 'no-store');
}

function nextOf(value: unknown): string | undefined {
  const next = safeNext(value);
  return next === '/' ? undefined : next;
}

export function signUpPage({ config, pages }: AccountDeps, ctx: Context): void {
  requireOpenSignup(config);
  pages.render(ctx, 'accounts/signup', { values: {}, errors: {}, next: nextOf(ctx.query.next), ...passwordRule(config) });
}

function passwordRule(config: AccountDeps['config']): { minLength: number } {
  return { minLength: config.passwords.minLength };
}

export async function submitSignUp(deps: AccountDeps, ctx: Context): Promise<void> {
  requireOpenSignup(deps.config);
  const { network, requestId } = ctx.state;
  const refuse = (errors: FieldErrors, next: string | undefined) => {
    const values = typedValues(ctx.request.body, SIGN_UP_FIELDS);
    deps.pages.render(ctx, 'accounts/signup', { values, errors, next, ...passwordRule(deps.config) }, { status: 422 });
  };
  const form = parseForm(signUpForm, ctx.request.body);
  if (!form.ok) return refuse(form.errors, undefined);

  const { username, email, first_name: firstName, last_name: lastName, password, next } = form.value;
  const result = await signUp(deps, { username, email, firstName, lastName, password }, { network, requestId });
  if (!result.ok) return refuse(result.errors, nextOf(next));
  await deps.sessions.start(ctx, result.account.id);
  seeOther(ctx, safeNext(next));
}

export function signInPage({ pages }: AccountDeps, ctx: Context): void {
  pages.render(ctx, 'accounts/login', { action: '/login', username: '', next: nextOf(ctx.query.next) });
}

export async function signIn(deps: AccountDeps, ctx: Context): Promise<void> {
  const refuse = (status: number, error: string, next: unknown) => {
    const { username } = typedValues(ctx.request.body, ['username']);
    deps.pages.render(ctx, 'accounts/login', { action: '/login', username, error, next: nextOf(next) }, { status });
  };
  const form = parseForm(credentialsForm, ctx.request.body);
  if (!form.ok) return refuse(422, 'The username or the password holds characters that neither can have.', undefined);
  const { username, password, next } = form.value;
  if (!username || !password) return refuse(422, 'Please enter your username and your password.', next);

  const { network, requestId } = ctx.state;
  const result = await checkCredentials(deps, { username, password, network, requestId });
  if (result.outcome !== 'ok') {
    const { status, error } = describeFailure(ctx, result);
    return refuse(status, error, next);
  }
  await deps.sessions.start(ctx, result.account.id);
  seeOther(ctx, safeNext(next));
}

export function confirmSignOut({ pages }: AccountDeps, ctx: Context): void {
  if (!ctx.state.account) return seeOther(ctx, '/');
  pages.render(ctx, 'accounts/logout');
}

export async function signOut({ database, sessions }: AccountDeps, ctx: Context): Promise<void> {
  const { account, network, requestId } = ctx.state;
  await sessions.end(ctx);
  if (account) {
    await recordEvent(database.knex, { event: 'logout', at: new Date(), accountId: account.id, network, requestId });
  }
  seeOther(ctx, '/');
}
