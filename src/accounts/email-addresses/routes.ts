/**
 * A person's email address: whether it is verified, and how it becomes another one.
 *
 *   /account/email                  GET shows it; POST asks for a change
 *   /account/email/send             POST: one more mail
 *   /account/email/code             POST: the code of a mail
 *   /account/email/cancel           POST: no change after all
 *   /account/email/confirm?token=   GET asks and uses nothing up, POST confirms; also for somebody who is not signed in
 *
 * Tables: email_changes (store.ts), one_time_links (mailed-links.ts), accounts, and outgoing_mails through src/mail.
 * Where EMAIL_VERIFICATION is required, require-verified-email.ts leads everybody here first.
 */
import { Router } from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import { askToConfirm, cancel, confirm, saveAddress, sendAgain, showAddress, submitCode } from './pages.js';

export function emailAddressRoutes(deps: AccountDeps): Router {
  return new Router()
    .get('/account/email', async (ctx) => showAddress(deps, ctx))
    .post('/account/email', async (ctx) => saveAddress(deps, ctx))
    .get(['/account/email/send', '/account/email/code', '/account/email/cancel'], (ctx) =>
      ctx.redirect('/account/email'),
    )
    .post('/account/email/send', async (ctx) => sendAgain(deps, ctx))
    .post('/account/email/code', async (ctx) => submitCode(deps, ctx))
    .post('/account/email/cancel', async (ctx) => cancel(deps, ctx))
    .get('/account/email/confirm', async (ctx) => askToConfirm(deps, ctx))
    .post('/account/email/confirm', async (ctx) => confirm(deps, ctx));
}
