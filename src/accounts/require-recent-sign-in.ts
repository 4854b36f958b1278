import type { Context } from 'koa';
import { AppError } from '../http/errors.js';
import { wantsJson } from '../http/wants-json.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';
import { requireAccount } from './require-account.js';

/** A superuser who acts as somebody else uses the account, and does not take it over. */
export function notForOthers(): AppError {
  return new AppError(403, 'impersonating', text('impersonation.notAllowed'), {
    hint: text('impersonation.notAllowedHint'),
  });
}

const TEN_MINUTES = 10 * 60 * 1000;

/**
 * Who is signed in on this request, and has proved it within the last ten minutes, by the second factor where there is one:
 * for whatever would let somebody who found the browser signed in, or the password of one that is remembered, keep the
 * account.
 * @param page where to go on once it is confirmed; the page with the form when this request is the form itself
 * @throws AppError as requireAccount does; 303 to /login/confirm, or 403 for a program
 */
export function requireRecentSignIn(ctx: Context, page: string = ctx.path + ctx.search): Account {
  const account = requireAccount(ctx);
  if (ctx.state.actor) throw notForOthers();
  const { at, lacksFactor } = ctx.state.signIn ?? { at: new Date(0), lacksFactor: true };
  if (!lacksFactor && Date.now() - at.getTime() <= TEN_MINUTES) return account;
  const isProgram = wantsJson(ctx);
  throw new AppError(isProgram ? 403 : 303, 'recent_sign_in_required', text('factors.confirm.required'), {
    hint: text('factors.confirm.requiredHint'),
    headers: isProgram ? {} : { Location: `/login/confirm?next=${encodeURIComponent(page)}` },
  });
}
