/**
 * The page behind an invitation.
 *
 * URL: /invitation?token=... (GET shows the form and uses nothing up, POST makes the account and signs in). Tables:
 * invitations (store.ts), accounts. Superusers invite on /admin/invitations and by the command line.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import type { FieldErrors } from '../../http/errors.js';
import { parseForm, textOf, typedValues, word } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import type { AccountDeps } from '../account-deps.js';
import { signInToNewAccount } from '../sign-in-here.js';
import { acceptInvitation, getInvitation } from './accept-invitation.js';

const FIELDS = ['username', 'first_name', 'last_name'] as const;

const form = z.object({ username: word, first_name: word, last_name: word, password: word });

async function render(
  deps: AccountDeps,
  ctx: Context,
  token: string,
  { values = {}, errors = {} }: { values?: Record<string, string>; errors?: FieldErrors } = {},
): Promise<void> {
  const { email } = await getInvitation(deps, token);
  const { minLength } = deps.config.passwords;
  const status = Object.keys(errors).length ? 422 : 200;
  deps.pages.render(
    ctx,
    'accounts/invitations/accept',
    { token, email, values, errors, minLength },
    { status },
  );
}

async function accept(deps: AccountDeps, ctx: Context): Promise<void> {
  const token = textOf((ctx.request.body as Record<string, unknown> | undefined)?.token);
  const values = typedValues(ctx.request.body, FIELDS);
  const parsed = parseForm(form, ctx.request.body);
  if (!parsed.ok) return render(deps, ctx, token, { values, errors: parsed.errors });
  const { username, first_name: firstName, last_name: lastName, password } = parsed.value;
  const { network, requestId, language } = ctx.state;
  const input = { username, firstName, lastName, password };
  const result = await acceptInvitation(deps, token, input, { network, requestId, language });
  if (!result.ok) return render(deps, ctx, token, { values, errors: result.errors });
  await signInToNewAccount(deps, ctx, result.account);
  seeOther(ctx, '/');
}

export function invitationRoutes(deps: AccountDeps): Router {
  return new Router()
    .get('/invitation', (ctx) => render(deps, ctx, textOf(ctx.query.token)))
    .post('/invitation', (ctx) => accept(deps, ctx));
}
