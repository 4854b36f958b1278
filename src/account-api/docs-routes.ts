/**
 * The description of the account API, for the developers of front ends: in English, as the portal is.
 *
 * URLs: /api/openapi.json (OpenAPI 3.1, for generators) and /api/docs (the same to read). Both are made once, when first
 * asked for, from the operations that routes.ts serves. No tables.
 */
import Router from '@koa/router';
import type Provider from 'oidc-provider';
import type { AccountApiDeps } from './deps.js';
import { describeDocsPage } from './docs-page.js';
import { type ApiDocument, describeApi } from './openapi.js';
import { listOperations } from './operations.js';

export function accountApiDocsRoutes(deps: AccountApiDeps & { engine: Provider }): Router {
  const place = { issuer: deps.config.issuer, cookie: deps.engine.cookieName('session') };
  let made: { document: ApiDocument; page: ReturnType<typeof describeDocsPage> } | undefined;
  const describe = () => {
    if (made) return made;
    const document = describeApi(listOperations(deps), place);
    made = { document, page: describeDocsPage(document) };
    return made;
  };
  return new Router()
    .get('/api/openapi.json', async (ctx) => {
      ctx.body = describe().document;
      ctx.set('Cache-Control', 'no-cache');
    })
    .get('/api/docs', async (ctx) => deps.pages.render(ctx, 'account-api/docs', { api: describe().page }));
}
