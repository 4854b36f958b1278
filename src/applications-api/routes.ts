/**
 * The developer portal for scripts: what its pages do, as JSON, with API tokens (/applications/tokens).
 *
 * URLs: /api/applications and below, listed with all they take and answer at /api/docs/applications and, for generators, at
 * /api/openapi-applications.json; with and without a trailing slash. No cookies and no foreign origins, so no forgery. No
 * tables: what is read and changed belongs to src/applications, under the same rules and quotas.
 */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { notFound } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { docsRoutes } from '../json-api/docs.js';
import type { Operation } from '../json-api/operation.js';
import { requireJson } from '../json-api/read-json.js';
import { serveOperation } from '../json-api/serve-operation.js';
import { applicationOperations } from './application-operations.js';
import type { ApplicationsApiDeps } from './deps.js';
import { previewOperations } from './preview-operations.js';
import { readApiToken } from './require-token.js';
import { secretOperations } from './secret-operations.js';

const listOperations = (deps: ApplicationsApiDeps): Operation[] =>
  [applicationOperations, secretOperations, previewOperations].flatMap((operationsOf) => operationsOf(deps));

export function applicationsApiRoutes(deps: ApplicationsApiDeps): Middleware {
  const router = new Router();
  router.use(async (ctx, next) => {
    await readApiToken(deps, ctx as Context);
    requireJson(ctx as Context);
    await next();
  });
  for (const each of listOperations(deps)) serveOperation(router, each);
  const serve = router.routes() as Middleware;
  const refuse = router.allowedMethods() as Middleware;
  return async (ctx, next) => {
    if (!/^\/api\/applications(\/|$)/.test(ctx.path)) return next();
    await serve(ctx as Context, async () => refuse(ctx, async () => {}));
    if (ctx.status === 404 && ctx.body === undefined) throw notFound();
  };
}

export function applicationsApiDocsRoutes(deps: ApplicationsApiDeps & { pages: Pages }): Router {
  return docsRoutes({
    pages: deps.pages,
    documentPath: '/api/openapi-applications.json',
    pagePath: '/api/docs/applications',
    listOperations: () => listOperations(deps),
    about: {
      title: 'Applications API',
      description:
        'The developer portal as JSON, for scripts: with an API token, made at /applications/tokens, sent as ' +
        'Authorization: Bearer lka_... It acts in the name of the person who made it. Every refusal is a Refusal, and has ' +
        'changed nothing.',
      issuer: deps.config.issuer,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token (lka_...).' } },
    },
  });
}
