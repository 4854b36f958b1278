/** Inviting somebody, and what is open. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { invite, revokeInvitation } from '../accounts/invitations/invite.js';
import { selectInvitations } from '../accounts/invitations/store.js';
import type { FieldErrors } from '../http/errors.js';
import { trimmedTextOf } from '../http/form-input.js';
import { findId, getId } from '../http/row-id.js';
import { seeOther } from '../http/see-other.js';
import { LANGUAGES, matchLanguage } from '../languages/languages.js';
import type { AdministrationDeps } from './administration-deps.js';
import { fieldOf } from './read-request.js';
import { administratorOf } from './require-superuser.js';

const PAGE_SIZE = 50;

interface Refused {
  values?: Record<string, string>;
  errors?: FieldErrors;
}

export async function showInvitations(
  { config, database, mails, pages }: AdministrationDeps,
  ctx: Context,
  { values = { language: ctx.state.language }, errors = {} }: Refused = {},
): Promise<void> {
  const before = findId(ctx.query.before);
  const found = await selectInvitations(database.knex, { before, limit: PAGE_SIZE + 1, at: new Date() });
  const invitations = found.slice(0, PAGE_SIZE);
  const next = found.length > PAGE_SIZE ? invitations.at(-1)?.id : undefined;
  const locals = {
    invitations,
    before,
    next,
    values,
    errors,
    signup: config.signup,
    isMailed: mails.areAvailable,
    mailed: trimmedTextOf(ctx.query.mailed),
    languageOptions: Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
  };
  const status = Object.keys(errors).length ? 422 : 200;
  pages.render(ctx, 'administration/invitations', locals, { status });
}

export async function inviteSomebody(deps: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  const values = { email: fieldOf(ctx, 'email'), language: fieldOf(ctx, 'language') };
  const result = await invite(
    deps,
    { email: values.email },
    {
      by: administratorOf(ctx, admin),
      isMailed: true,
      language: matchLanguage([values.language]) ?? ctx.state.language,
    },
  );
  if (!result.ok) return showInvitations(deps, ctx, { values, errors: result.errors });
  if (!result.link) return seeOther(ctx, `/admin/invitations?mailed=${encodeURIComponent(result.email)}`);
  deps.pages.render(ctx, 'administration/link', {
    heading: `An invitation for ${result.email}`,
    sentence:
      'Hand it over by a way that reaches nobody else. It works once, for a week, and is shown only now.',
    link: result.link,
    back: { href: '/admin/invitations', label: 'Invitations' },
  });
}

export async function revoke({ database }: AdministrationDeps, ctx: Context, admin: Account): Promise<void> {
  await revokeInvitation(database, getId(ctx.params.id), administratorOf(ctx, admin));
  seeOther(ctx, '/admin/invitations');
}
