/** EMAIL_VERIFICATION=required: until the address is confirmed, the way leads to the page where that is done. */
import type { Context, Middleware } from 'koa';
import type { Config } from '../../config/config.js';
import { AppError } from '../../http/errors.js';
import { seeOther } from '../../http/see-other.js';
import { wantsJson } from '../../http/wants-json.js';
import { text } from '../../languages/texts.js';
import type { Account } from '../account.js';

/** What one needs to confirm an address, to go on with a sign-in, or to leave. */
const OPEN = /^\/(account\/email|language|login|accounts\/login|logout|signup|interaction|dev\/mails)(\/|$)/;

export function mayGoOn(
  { emailVerification }: Pick<Config, 'emailVerification'>,
  account: Pick<Account, 'emailVerifiedAt'>,
): boolean {
  return emailVerification !== 'required' || account.emailVerifiedAt !== null;
}

/** Where an address is confirmed, and then back. */
export const verificationPage = (next: string): string => `/account/email?next=${encodeURIComponent(next)}`;

export function emailNotVerified(): AppError {
  return new AppError(403, 'email_not_verified', text('emailAddresses.required'), {
    link: { href: '/account/email', text: text('emailAddresses.title') },
  });
}

export function requireVerifiedEmail(config: Pick<Config, 'emailVerification'>): Middleware {
  return async (ctx, next) => {
    const { account } = ctx.state;
    if (!account || mayGoOn(config, account) || OPEN.test(ctx.path)) return next();
    if (ctx.method !== 'POST' && !wantsJson(ctx as Context))
      return seeOther(ctx as Context, verificationPage(ctx.path + ctx.search));
    throw emailNotVerified();
  };
}
