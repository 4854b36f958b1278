/** The pages of the way back in. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import { AppError, type FieldErrors } from '../../http/errors.js';
import { parseForm, refusal } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import { networkRules } from '../../throttle/network-rules.js';
import { reserveAttempt } from '../../throttle/throttle.js';
import type { AccountDeps } from '../account-deps.js';
import { safeNext } from '../safe-next.js';
import { describeWait } from '../wait.js';
import { getAccountOfLink, resetPassword } from './reset-password.js';
import { findRecoverable, sendResetMails } from './send-reset-mails.js';

const HOUR = 3600;
/** From one network in an hour. */
const MOST_REQUESTS = 30;
const MOST_CODES = 60;

/**
 * Milliseconds. The answer comes at a multiple of this, so that its time does not tell whether a mail was written,
 * which takes some milliseconds (AR-01).
 */
const PACE = 200;

const word = z.string(refusal('forms.mustBeText')).default('');
const forgotForm = z.object({ name: word, next: word });
const codeForm = z.object({ name: word, next: word, code: word });
const resetForm = z.object({ token: word, next: word, new_password: word });

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function nextOf(value: unknown): string | undefined {
  const next = safeNext(value);
  return next === '/' ? undefined : next;
}

/** @throws AppError mail_off */
function requireMail({ mails }: AccountDeps): void {
  if (mails.areAvailable) return;
  throw new AppError(404, 'mail_off', text('recovery.mailOff'), { hint: text('recovery.mailOffHint') });
}

/** @throws AppError too_many_resets */
async function countFor({ database }: AccountDeps, ctx: Context, key: string, limit: number): Promise<void> {
  const rules = networkRules({ key, limit, window: HOUR }, ctx.state.network);
  const counted = await reserveAttempt(database.knex, rules, new Date());
  if (counted.allowed) return;
  throw new AppError(429, 'too_many_resets', text('recovery.tooMany'), {
    hint: text('accounts.wait.tryAgain', { wait: describeWait(counted.retryAfter) }),
    headers: { 'Retry-After': String(counted.retryAfter) },
  });
}

async function atPace<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work;
  } finally {
    const elapsed = performance.now() - start;
    const wait = Math.ceil(elapsed / PACE) * PACE - elapsed;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

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
  requireMail(deps);
  renderForgot(deps, ctx, { name: '', errors: {}, next: nextOf(ctx.query.next) });
}

export async function askForReset(deps: AccountDeps, ctx: Context): Promise<void> {
  requireMail(deps);
  const form = parseForm(forgotForm, ctx.request.body);
  if (!form.ok) return renderForgot(deps, ctx, { name: '', errors: form.errors, next: undefined });
  const name = form.value.name.trim();
  const next = nextOf(form.value.next);
  if (!name) return renderForgot(deps, ctx, { name, errors: { name: text('recovery.nameMissing') }, next });
  await countFor(deps, ctx, 'recovery:requests', MOST_REQUESTS);
  const { network, requestId, language } = ctx.state;
  await atPace(sendResetMails(deps, { name, next, network, requestId, language }));
  deps.pages.render(ctx, 'accounts/recovery/sent', { name, next, errors: {} });
}

/** The code of the account that was meant, or of one of those that share the address. */
async function findTokenByCode(
  { database, mailedLinks }: AccountDeps,
  name: string,
  code: string,
): Promise<string | undefined> {
  let token: string | undefined;
  for (const { id } of await findRecoverable(database, name)) {
    const of = { accountId: id, purpose: 'password reset' } as const;
    token ??= await mailedLinks.exchangeCode(database.knex, of, code, new Date());
  }
  return token;
}

export async function submitCode(deps: AccountDeps, ctx: Context): Promise<void> {
  requireMail(deps);
  const form = parseForm(codeForm, ctx.request.body);
  if (!form.ok) return renderForgot(deps, ctx, { name: '', errors: form.errors, next: undefined });
  const { name, code } = form.value;
  const next = nextOf(form.value.next);
  await countFor(deps, ctx, 'recovery:codes', MOST_CODES);
  const token = await atPace(findTokenByCode(deps, name, code.replace(/\D/g, '')));
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
  const { username } = await getAccountOfLink(deps, token);
  const { network, requestId, language } = ctx.state;
  const result = form.ok
    ? await resetPassword(deps, { token, password, network, requestId, language })
    : form;
  if (!result.ok) {
    const { minLength } = deps.config.passwords;
    const locals = { token, username, minLength, next, errors: result.errors };
    return deps.pages.render(ctx, 'accounts/recovery/reset', locals, { status: 422 });
  }
  seeOther(ctx, `/login?${new URLSearchParams({ reset: 'done', ...(next ? { next } : {}) })}`);
}
