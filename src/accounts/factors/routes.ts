/**
 * Second factors: showing one at sign-in, proving once more who one is, and what people do about theirs.
 *
 *   /login/second-step                  after the password: asks for the second factor, or has one set up
 *   /login/second-step/passkey          POST, JSON: what the browser asks the authenticator for; /login/confirm/passkey too
 *   /login/confirm                      asks somebody signed in again, by ?next= on the way to something else
 *   /account/security/app               sets up an authenticator app
 *   /account/security/app/remove        takes it away
 *   /account/security/recovery-codes    POST makes a new set
 *   /account/security/browsers/forget   POST forgets a remembered browser, or all
 *
 * GET shows and POST does. Tables: totp_seeds, recovery_codes, remembered_browsers, pending_sign_ins. Within a sign-in at
 * an application the second step has a page of its own (src/authorization/login-step.ts).
 */
import { Router } from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import { askAtConfirmation, confirmPage, confirmSignIn } from './confirm-sign-in.js';
import {
  forgetBrowser,
  makeRecoveryCodes,
  removeApp,
  removePage,
  setUpApp,
  setUpPage,
} from './factor-pages.js';
import { askAtSecondStep } from './second-step-page.js';
import { signInSecondStep, takeSignInSecondStep } from './sign-in-second-step.js';

export function factorRoutes(deps: AccountDeps): Router {
  const router = new Router();
  router.get('/login/second-step', async (ctx) => signInSecondStep(deps, ctx));
  router.post('/login/second-step', async (ctx) => takeSignInSecondStep(deps, ctx));
  router.post('/login/second-step/passkey', async (ctx) => askAtSecondStep(deps, ctx));
  router.get('/login/confirm', async (ctx) => confirmPage(deps, ctx));
  router.post('/login/confirm', async (ctx) => confirmSignIn(deps, ctx));
  router.post('/login/confirm/passkey', async (ctx) => askAtConfirmation(deps, ctx));

  router.get('/account/security/app', async (ctx) => setUpPage(deps, ctx));
  router.post('/account/security/app', async (ctx) => setUpApp(deps, ctx));
  router.get('/account/security/app/remove', async (ctx) => removePage(deps, ctx));
  router.post('/account/security/app/remove', async (ctx) => removeApp(deps, ctx));
  router.post('/account/security/recovery-codes', async (ctx) => makeRecoveryCodes(deps, ctx));
  router.post('/account/security/browsers/forget', async (ctx) => forgetBrowser(deps, ctx));
  // The address of a page that answered a form: opened again, or read in another language.
  for (const form of ['recovery-codes', 'browsers/forget'])
    router.get(`/account/security/${form}`, async (ctx) => ctx.redirect('/account/security'));
  return router;
}
