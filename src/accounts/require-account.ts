import type { Context } from 'koa';
import { AppError } from '../http/errors.js';
import { wantsJson } from '../http/wants-json.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';

/**
 * Who is signed in on this request.
 * @throws AppError 303 to the sign-in page for a person who opened a page; 401 for a form or a program
 */
export function requireAccount(ctx: Context): Account {
  if (ctx.state.account) return ctx.state.account;
  const isPageView = ['GET', 'HEAD'].includes(ctx.method) && !wantsJson(ctx);
  const headers: Record<string, string> = isPageView
    ? { Location: `/login?next=${encodeURIComponent(ctx.path + ctx.search)}` }
    : {};
  throw new AppError(isPageView ? 303 : 401, 'login_required', text('accounts.login.required'), {
    hint: text('accounts.login.requiredHint'),
    link: { href: '/login', text: text('layout.signIn') },
    headers,
  });
}
