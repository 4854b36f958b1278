/**
 * The way back in for somebody who has forgotten the password: a mail with a link and a code, both good for one new
 * password.
 *
 *   /login/forgot         GET, POST: who are you? The answer is the same for everybody
 *   /login/forgot/code    POST: the code of the mail, which leads on to the page of the link
 *   /login/reset?token=   GET shows the form and uses nothing up, POST saves the new password
 *
 * Tables: one_time_links (mailed-links.ts), accounts, and through their own folders outgoing_mails, throttles, sessions
 * and grants.
 */
import { Router } from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import { forgotPage, resetPage, saveNewPassword, submitCode, submitForgot } from './pages.js';

export function recoveryRoutes(deps: AccountDeps): Router {
  return new Router()
    .get('/login/forgot', async (ctx) => forgotPage(deps, ctx))
    .post('/login/forgot', async (ctx) => submitForgot(deps, ctx))
    .get('/login/forgot/code', async (ctx) => ctx.redirect('/login/forgot'))
    .post('/login/forgot/code', async (ctx) => submitCode(deps, ctx))
    .get('/login/reset', async (ctx) => resetPage(deps, ctx))
    .post('/login/reset', async (ctx) => saveNewPassword(deps, ctx));
}
