/** The pages on which people see and change what is known about them. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { Db } from '../database/database.js';
import type { FieldErrors } from '../http/errors.js';
import { parseForm, typedValues, word } from '../http/form-input.js';
import { seeOther } from '../http/see-other.js';
import { text } from '../languages/texts.js';
import type { AccountDeps } from './account-deps.js';
import { changePassword } from './change-password.js';
import { editProfile } from './edit-profile.js';
import { findEmailChange } from './email-addresses/store.js';
import { listGroupsOf } from './groups.js';
import { PROFILE_FIELDS, profileOf, profileSchema } from './profile-form.js';
import { requireAccount } from './require-account.js';
import { describeWait } from './wait.js';

const passwordForm = z.object({ current_password: word, new_password: word });

export async function showProfile({ database, pages }: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const groups = await listGroupsOf(database.knex, account.id);
  const emailChange = await findEmailChange(database.knex, account.id, new Date());
  // What was saved is told once by the address: nothing to store, and harmless to open by hand.
  pages.render(ctx, 'accounts/profile', { groups, emailChange, isSaved: ctx.query.saved === 'profile' });
}

export function editProfilePage({ pages }: AccountDeps, ctx: Context): void {
  pages.render(ctx, 'accounts/edit', { values: profileOf(requireAccount(ctx)), errors: {} });
}

export async function saveProfile({ database, pages }: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const { network, requestId } = ctx.state;
  const known = profileOf(account);
  const refuse = (errors: FieldErrors) => {
    const values = { ...known, ...typedValues(ctx.request.body, PROFILE_FIELDS) };
    pages.render(ctx, 'accounts/edit', { values, errors }, { status: 422 });
  };
  // A field that was not sent stays as it is.
  const form = parseForm(profileSchema, { ...known, ...ctx.request.body });
  if (!form.ok) return refuse(form.errors);
  const result = await editProfile(database, account, form.value, { network, requestId });
  if (!result.ok) return refuse(result.errors);
  seeOther(ctx, '/account?saved=profile');
}

function renderPasswordPage(
  { config, pages }: AccountDeps,
  ctx: Context,
  errors: FieldErrors,
  status: number,
): void {
  pages.render(ctx, 'accounts/password', { errors, minLength: config.passwords.minLength }, { status });
}

export function passwordPage(deps: AccountDeps, ctx: Context): void {
  requireAccount(ctx);
  renderPasswordPage(deps, ctx, {}, 200);
}

export async function savePassword(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const { network, requestId, language } = ctx.state;
  const form = parseForm(passwordForm, ctx.request.body);
  if (!form.ok) return renderPasswordPage(deps, ctx, form.errors, 422);

  const { current_password: current, new_password: next } = form.value;
  const endOtherSessions = (transaction: Db) => deps.sessions.endOthers(transaction, ctx, account.id);
  const result = await changePassword({ ...deps, endOtherSessions }, account, {
    current,
    next,
    network,
    requestId,
    language,
  });
  if (result.outcome === 'changed') {
    // With the old password the browser was known as well.
    deps.knownBrowsers.remember(ctx, result.account);
    return seeOther(ctx, '/account/security?saved=password');
  }
  if (result.outcome === 'refused') return renderPasswordPage(deps, ctx, result.errors, 422);
  ctx.set('Retry-After', String(result.retryAfter));
  const wait = describeWait(result.retryAfter);
  renderPasswordPage(deps, ctx, { form: text('accounts.wait.wrongPasswords', { wait }) }, 429);
}
