/**
 * The account pages as JSON, for a front end of one's own: the same functions, under the same rules, called by scripts
 * of the server's own origin.
 *
 * URLs: /api/account/..., listed with all they take and answer at /api/docs (docs-routes.ts), with and without a
 * trailing slash. No tables: what is read and changed belongs to the features called. Errors are those of
 * src/http/error-handler.ts, in the reader's language. How a front end uses it: docs/account-api.md.
 */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import { emailNotVerified, mayGoOn } from '../accounts/email-addresses/require-verified-email.js';
import type { Config } from '../config/config.js';
import { notFound } from '../http/errors.js';
import { hasToken, type Operation } from '../json-api/operation.js';
import { refuseForgery } from '../json-api/read-json.js';
import { serveOperation } from '../json-api/serve-operation.js';
import type { AccountApiDeps } from './deps.js';
import { listOperations } from './operations.js';

/** @throws AppError email_not_verified, as the pages lead to the one where that is done */
function requireVerified({ access, isForUnverified }: Operation, config: Config, ctx: Context): void {
  const { account } = ctx.state;
  if (!account || access === 'anybody' || isForUnverified || hasToken(ctx)) return;
  if (!mayGoOn(config, account)) throw emailNotVerified();
}

/** @param signedIn finds out who is signed in, as for the pages */
export function accountApiRoutes(deps: AccountApiDeps, signedIn: Middleware): Middleware {
  const isSecure = deps.config.issuer.startsWith('https:');
  const router = new Router();

  router.use(async (ctx, next) => {
    refuseForgery(ctx, isSecure);
    await next();
  });
  router.use(signedIn);
  for (const each of listOperations(deps))
    serveOperation(router, each, (ctx) => requireVerified(each, deps.config, ctx));

  const serve = compose([router.routes() as Middleware, router.allowedMethods() as Middleware]);
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/api/account/')) return next();
    await serve(ctx as Context, async () => {});
    if (ctx.status === 404 && ctx.body === undefined) throw notFound();
  };
}
