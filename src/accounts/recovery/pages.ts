/** The pages of the way back in. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { FieldErrors } from '../../http/errors.js';
import { parseForm, textOf, word } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { nextOf } from '../safe-next.js';
import { askForReset, exchangeResetCode, requireMail } from './ask-for-reset.js';
import { getAccountOfLink, resetPassword } from './reset-password.js';

const forgotForm = z.object({ name: word, next: word });
const codeForm = z.object({ name: word, next: word, code: word });
const resetForm = z.object({ token: word, next: word, new_password: word });

interface ForgotForm {
  name: string;
  errors: FieldErrors;
  next: string | undefined;
}

function renderForgot({ pages }: AccountDeps, ctx: Context, form: ForgotForm): void {
  const status = Object.keys(form.errors).length ? 422 : 200;
  pages.render(ctx, 'accounts/recovery/forgot', { ...form }, { status });
}

export function forgotPage(deps: AccountDeps, ctx: Context): void {
  requireMail(deps.mails);
  renderForgot(deps, ctx, { name: '', errors: {}, next: nextOf(ctx.query.next) });
}

export async function submitForgot(deps: AccountDeps, ctx: Context): Promise<void> {
  requireMail(deps.mails);
  const form = parseForm(forgotForm, ctx.request.body);
  if (!form.ok) return renderForgot(deps, ctx, { name: '', errors: form.errors, next: undefined });
  const name = form.value.name.trim();
  const next = nextOf(form.value.next);
  if (!name) return renderForgot(deps, ctx, { name, errors: { name: text('recovery.nameMissing') }, next });
  const { network, requestId, language } = ctx.state;
  await askForReset(deps, { name, next, network, requestId, language });
  deps.pages.render(ctx, 'accounts/recovery/sent', { name, next, errors: {} });
}

export async function submitCode(deps: AccountDeps, ctx: Context): Promise<void> {
  requireMail(deps.mails);
  const form = parseForm(codeForm, ctx.request.body);
  if (!form.ok) return renderForgot(deps, ctx, { name: '', errors: form.errors, next: undefined });
  const { name, code } = form.value;
  const next = nextOf(form.value.next);
  const token = await exchangeResetCode(deps, { name, code }, ctx.state.network);
  if (!token) {
    const errors = { code: text('recovery.wrongCode') };
    return deps.pages.render(ctx, 'accounts/recovery/sent', { name, next, errors }, { status: 422 });
  }
  const onward = next ? `&next=${encodeURIComponent(next)}` : '';
  seeOther(ctx, `/login/reset?token=${token}${onward}`);
}

/**
 * The address of this page is the key: nobody is told it, not even our own assets. (no-referrer would make the form's
 * Origin null.)
 */
const keepAddress = (ctx: Context): void => ctx.set('Referrer-Policy', 'strict-origin');

export async function resetPage(deps: AccountDeps, ctx: Context): Promise<void> {
  keepAddress(ctx);
  const token = textOf(ctx.query.token);
  const { username } = await getAccountOfLink(deps, token);
  const { minLength } = deps.config.passwords;
  const next = nextOf(ctx.query.next);
  deps.pages.render(ctx, 'accounts/recovery/reset', { token, username, minLength, next, errors: {} });
}

export async function saveNewPassword(deps: AccountDeps, ctx: Context): Promise<void> {
  const form = parseForm(resetForm, ctx.request.body);
  const {
    token,
    next: wanted,
    new_password: password,
  } = form.ok
    ? form.value
    : { token: textOf((ctx.request.body as Record<string, unknown>).token), next: '', new_password: '' };
  const next = nextOf(wanted);
  const { network, requestId, language } = ctx.state;
  const result = form.ok
    ? await resetPassword(deps, { token, password, network, requestId, language })
    : form;
  if (!result.ok) {
    const { username } = await getAccountOfLink(deps, token);
    const { minLength } = deps.config.passwords;
    const locals = { token, username, minLength, next, errors: result.errors };
    return deps.pages.render(ctx, 'accounts/recovery/reset', locals, { status: 422 });
  }
  deps.knownBrowsers.remember(ctx, result.account);
  seeOther(ctx, `/login?${new URLSearchParams({ reset: 'done', ...(next ? { next } : {}) })}`);
}
