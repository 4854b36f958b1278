/**
 * Second factors, and proving once more who one is.
 *
 *   /login/confirm        GET asks for the password again, POST checks it (?next= is where to go on)
 */
import { Router } from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import { confirmPage, confirmSignIn } from './confirm-sign-in.js';

export function factorRoutes(deps: AccountDeps): Router {
  const router = new Router();
  router.get('/login/confirm', async (ctx) => confirmPage(deps, ctx));
  router.post('/login/confirm', async (ctx) => confirmSignIn(deps, ctx));
  return router;
}
