/**
 * Accounts for the people themselves: the start page, joining, signing in and out, the profile and the password.
 *
 *   /                     what this is, or where to go when signed in
 *   /signup               GET, POST
 *   /login                GET, POST; also /accounts/login, the address of Django OAuth Toolkit
 *   /logout               GET asks, POST does
 *   /account              the profile
 *   /account/edit         GET, POST
 *   /account/security     how one signs in, a section for each way
 *   /account/password     GET, POST
 *
 * Each with and without a trailing slash. Tables: accounts, groups, group_members (store.ts, groups.ts), and through
 * their own folders throttles and audit_events. The browser session is the engine's (BrowserSessions); who is signed
 * in (ctx.state.account), the parsed form and its CSRF check come from the middlewares before. The sign-in page within
 * an authorization request belongs to src/authorization, which renders the same view.
 */
import { Router } from '@koa/router';
import type { AccountDeps } from './account-deps.js';
import { editProfilePage, passwordPage, savePassword, saveProfile, showProfile } from './profile-pages.js';
import { showSecurity } from './security-page.js';
import { confirmSignOut, signIn, signInPage, signOut, signUpPage, submitSignUp } from './sign-in-pages.js';

export function accountRoutes(deps: AccountDeps): Router {
  const router = new Router();
  router.get('/', async (ctx) => deps.pages.render(ctx, 'home'));

  router.get('/signup', async (ctx) => signUpPage(deps, ctx));
  router.post('/signup', async (ctx) => submitSignUp(deps, ctx));
  router.get(['/login', '/accounts/login'], async (ctx) => signInPage(deps, ctx));
  router.post(['/login', '/accounts/login'], async (ctx) => signIn(deps, ctx));
  router.get('/logout', async (ctx) => confirmSignOut(deps, ctx));
  router.post('/logout', async (ctx) => signOut(deps, ctx));

  router.get('/account', async (ctx) => showProfile(deps, ctx));
  router.get('/account/edit', async (ctx) => editProfilePage(deps, ctx));
  router.post('/account/edit', async (ctx) => saveProfile(deps, ctx));
  router.get('/account/security', async (ctx) => showSecurity(deps, ctx));
  router.get('/account/password', async (ctx) => passwordPage(deps, ctx));
  router.post('/account/password', async (ctx) => savePassword(deps, ctx));
  return router;
}
