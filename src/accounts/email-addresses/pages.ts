/** The pages on which people confirm and change their email address. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { FieldErrors } from '../../http/errors.js';
import { parseForm, textOf, word } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { type Text, text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { requireRecentSignIn } from '../require-recent-sign-in.js';
import { nextOf } from '../safe-next.js';
import { cancelEmailChange, changeEmail } from './change-email.js';
import { type Confirmed, confirmEmail, confirmEmailByCode, describeLink } from './confirm-email.js';
import { countConfirmation, sendConfirmation } from './send-confirmation.js';
import { findEmailChange } from './store.js';

const PAGE = '/account/email';

const form = z.object({ email: word, code: word, token: word, next: word });

type Form = z.infer<typeof form>;

/** Told once by the address: nothing to store, and harmless to open by hand. */
const DONE: Record<string, Text> = {
  sent: text('emailAddresses.sent'),
  verified: text('emailAddresses.verified'),
  changed: text('emailAddresses.changed'),
  half: text('emailAddresses.half'),
};

const NOTHING: Form = { email: '', code: '', token: '', next: '' };

function readForm(ctx: Context): { value: Form; errors: FieldErrors } {
  const result = parseForm(form, ctx.request.body);
  return result.ok ? { value: result.value, errors: {} } : { value: NOTHING, errors: result.errors };
}

const fromPage = ({ state: { network, requestId, language } }: Context) => ({ network, requestId, language });

interface Shown {
  errors?: FieldErrors;
  typed?: string;
  next?: string | undefined;
}

async function render(deps: AccountDeps, ctx: Context, { errors = {}, typed = '', next }: Shown) {
  const account = requireAccount(ctx);
  const { emailVerification } = deps.config;
  const change = await findEmailChange(deps.database.knex, account.id, new Date());
  const done = DONE[textOf(ctx.query.done)];
  const locals = { change, typed, next, errors, done, emailVerification };
  const status = Object.keys(errors).length ? 422 : 200;
  // The way on may be an authorization request, which leaves for the application.
  const formAction = next ? 'any' : 'self';
  deps.pages.render(ctx, 'accounts/email-addresses/address', locals, { status, formAction });
}

export async function showAddress(deps: AccountDeps, ctx: Context): Promise<void> {
  await render(deps, ctx, { next: nextOf(ctx.query.next) });
}

function backTo(ctx: Context, done: string, next: string | undefined): void {
  seeOther(ctx, `${PAGE}?${new URLSearchParams({ done, ...(next ? { next } : {}) })}`);
}

export async function saveAddress(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx, PAGE);
  const { value, errors } = readForm(ctx);
  const next = nextOf(value.next);
  if (Object.keys(errors).length) return render(deps, ctx, { errors });
  const result = await changeEmail(deps, account, value.email, fromPage(ctx));
  if (result.outcome === 'refused')
    return render(deps, ctx, { errors: result.errors, typed: value.email, next });
  backTo(ctx, result.outcome === 'changed' ? 'changed' : 'sent', next);
}

export async function sendAgain(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const next = nextOf(readForm(ctx).value.next);
  if (deps.config.emailVerification === 'off' || account.emailVerifiedAt || !account.email)
    return seeOther(ctx, PAGE);
  await countConfirmation(deps.database, account.id, account.email);
  const mail = { account, purpose: 'email verification', to: account.email, next } as const;
  await deps.database.knex.transaction((transaction) =>
    sendConfirmation(deps, transaction, { ...mail, language: ctx.state.language }),
  );
  backTo(ctx, 'sent', next);
}

function goOn(ctx: Context, { outcome }: Confirmed, next: string | undefined): void {
  if (next && outcome === 'verified') seeOther(ctx, next);
  else backTo(ctx, outcome, next);
}

export async function submitCode(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const { value } = readForm(ctx);
  const next = nextOf(value.next);
  const code = value.code.replace(/\D/g, '');
  const confirmed = await confirmEmailByCode(deps, account, code, fromPage(ctx));
  if (confirmed) return goOn(ctx, confirmed, next);
  await render(deps, ctx, { errors: { code: text('recovery.wrongCode') }, next });
}

export async function cancel(deps: AccountDeps, ctx: Context): Promise<void> {
  await cancelEmailChange(deps, requireAccount(ctx), fromPage(ctx));
  seeOther(ctx, PAGE);
}

export async function askToConfirm(deps: AccountDeps, ctx: Context): Promise<void> {
  const token = textOf(ctx.query.token);
  // The address of this page is the key: nobody is told it, not even our own assets.
  ctx.set('Referrer-Policy', 'strict-origin');
  const { account, email, isChange } = await describeLink(deps, token);
  const locals = { token, username: account.username, email, isChange, next: nextOf(ctx.query.next) };
  deps.pages.render(ctx, 'accounts/email-addresses/confirm', locals, { formAction: 'any' });
}

/** Whoever reads the mail on another device is told there, and is signed in by nothing of this. */
export async function confirm(deps: AccountDeps, ctx: Context): Promise<void> {
  const { value } = readForm(ctx);
  const confirmed = await confirmEmail(deps, value.token, fromPage(ctx));
  if (ctx.state.account?.id === confirmed.account.id) return goOn(ctx, confirmed, nextOf(value.next));
  deps.pages.render(ctx, 'accounts/email-addresses/done', { sentence: DONE[confirmed.outcome] });
}
