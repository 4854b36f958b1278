/**
 * Passkeys: a person adds, renames and removes them, and signs in with one.
 *
 *   /account/passkeys/add        GET explains and asks
 *   /account/passkeys/options    POST, JSON: what the browser asks the authenticator for
 *   /account/passkeys            POST keeps the authenticator's answer
 *   /account/passkeys/<id>       GET, POST renames; <id>/remove POST
 *   /login/passkey               POST signs in (at an application that is src/authorization)
 *   /login/passkey/options       POST, JSON: what the browser asks the authenticator for
 *
 * They are listed at /account/security. Tables: passkeys, passkey_handles (store.ts), passkey_challenges (challenges.ts).
 */
import { Router } from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import {
  addPage,
  offerPasskey,
  passkeyPage,
  submitName,
  submitPasskey,
  submitRemoval,
} from './passkey-pages.js';
import { askWhoSignsIn, submitSignIn } from './sign-in-pages.js';

export function passkeyRoutes(deps: AccountDeps): Router {
  const router = new Router();
  router.get('/account/passkeys', (ctx) => ctx.redirect('/account/security'));
  router.get('/account/passkeys/add', (ctx) => addPage(deps, ctx));
  router.post('/account/passkeys/options', (ctx) => offerPasskey(deps, ctx));
  router.post('/account/passkeys', (ctx) => submitPasskey(deps, ctx));
  router.get('/account/passkeys/:id', (ctx) => passkeyPage(deps, ctx));
  router.post('/account/passkeys/:id', (ctx) => submitName(deps, ctx));
  router.post('/account/passkeys/:id/remove', (ctx) => submitRemoval(deps, ctx));
  router.get('/login/passkey', (ctx) => ctx.redirect('/login'));
  router.post('/login/passkey/options', (ctx) => askWhoSignsIn(deps, ctx));
  router.post('/login/passkey', (ctx) => submitSignIn(deps, ctx));
  return router;
}
