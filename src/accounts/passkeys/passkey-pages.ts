/** The pages on which a person adds, renames and removes passkeys. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { FieldErrors } from '../../http/errors.js';
import { parseForm, typedValues, word } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { originOf } from '../factors/second-step-page.js';
import { requireAccount } from '../require-account.js';
import { requireRecentSignIn } from '../require-recent-sign-in.js';
import { addPasskey, offerRegistration, requireRoomForPasskey } from './add-passkey.js';
import { readRegistration } from './answer.js';
import { browserOf } from './browser-of.js';
import { getOwnPasskey } from './get-own-passkey.js';
import { LONGEST_NAME, passkeyName, renameForm } from './passkey-name.js';
import { removePasskey } from './remove-passkey.js';
import { type Passkey, renamePasskey } from './store.js';

const addForm = z.object({
  name: passkeyName(false),
  response: word,
});

const SECURITY_PAGE = '/account/security';
const ADD_PAGE = '/account/passkeys/add';

function renderAddPage({ pages }: AccountDeps, ctx: Context, errors: FieldErrors): void {
  const values = typedValues(ctx.request.body, ['name']);
  const status = Object.keys(errors).length ? 422 : 200;
  pages.render(ctx, 'accounts/passkeys/add', { values, errors, longestName: LONGEST_NAME }, { status });
}

export async function addPage(deps: AccountDeps, ctx: Context): Promise<void> {
  await requireRoomForPasskey(deps, requireRecentSignIn(ctx));
  renderAddPage(deps, ctx, {});
}

export async function offerPasskey(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx, ADD_PAGE);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await offerRegistration(deps, account, browserOf(ctx));
}

export async function submitPasskey(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx, ADD_PAGE);
  const form = parseForm(addForm, ctx.request.body);
  if (!form.ok) return renderAddPage(deps, ctx, form.errors);
  const answer = readRegistration(form.value.response);
  if (!answer) return renderAddPage(deps, ctx, { form: text('passkeys.needsScript') });

  const given = { answer, name: form.value.name, browser: browserOf(ctx) };
  const result = await addPasskey(deps, account, given, originOf(ctx, new Date()));
  if (!result.ok) return renderAddPage(deps, ctx, { form: result.error });
  await deps.sessions.renew(ctx, account.id, result.methods);
  const next = `${SECURITY_PAGE}?saved=passkey`;
  const { recoveryCodes: codes } = result;
  if (!codes.length) return seeOther(ctx, next);
  deps.pages.render(ctx, 'accounts/factors/recovery-codes', { codes, next });
}

function renderPasskeyPage(
  { pages }: AccountDeps,
  ctx: Context,
  passkey: Passkey,
  values: Record<string, string>,
  errors: FieldErrors,
): void {
  const status = Object.keys(errors).length ? 422 : 200;
  pages.render(
    ctx,
    'accounts/passkeys/show',
    { passkey, values, errors, longestName: LONGEST_NAME },
    { status },
  );
}

export async function passkeyPage(deps: AccountDeps, ctx: Context): Promise<void> {
  const passkey = await getOwnPasskey(deps.database.knex, requireAccount(ctx).id, ctx.params.id);
  renderPasskeyPage(deps, ctx, passkey, { name: passkey.name }, {});
}

export async function submitName(deps: AccountDeps, ctx: Context): Promise<void> {
  const passkey = await getOwnPasskey(deps.database.knex, requireAccount(ctx).id, ctx.params.id);
  const form = parseForm(renameForm, ctx.request.body);
  if (!form.ok)
    return renderPasskeyPage(deps, ctx, passkey, typedValues(ctx.request.body, ['name']), form.errors);
  await renamePasskey(deps.database.knex, passkey.id, form.value.name);
  seeOther(ctx, `${SECURITY_PAGE}?saved=passkeyName`);
}

export async function submitRemoval(deps: AccountDeps, ctx: Context): Promise<void> {
  const passkey = await getOwnPasskey(deps.database.knex, requireAccount(ctx).id, ctx.params.id);
  const account = requireRecentSignIn(ctx, `/account/passkeys/${passkey.id}`);
  const result = await removePasskey(deps, account, passkey, originOf(ctx, new Date()));
  if (result === 'removed') return seeOther(ctx, `${SECURITY_PAGE}?saved=passkeyRemoved`);
  const errors = { form: text('passkeys.required') };
  renderPasskeyPage(deps, ctx, passkey, { name: passkey.name }, errors);
}
