/**
 * The description of the account API, for the developers of front ends: in English, as the portal is.
 *
 * URLs: /api/openapi.json (OpenAPI 3.1, for generators) and /api/docs (the same to read). Both are made once, when first
 * asked for, from the operations that routes.ts serves. No tables.
 */
import Router from '@koa/router';
import type Provider from 'oidc-provider';
import { describeDocsPage } from '../json-api/docs-page.js';
import { type ApiDocument, describeApi } from '../json-api/openapi.js';
import type { AccountApiDeps } from './deps.js';
import { listOperations } from './operations.js';

export function accountApiDocsRoutes(deps: AccountApiDeps & { engine: Provider }): Router {
  let made: { document: ApiDocument; page: ReturnType<typeof describeDocsPage> } | undefined;
  const describe = () => {
    if (made) return made;
    const document = describeApi(listOperations(deps), {
      title: 'Account API',
      description:
        'The account pages as JSON, for a front end of your own that is served under the origin of this server. ' +
        'The browser keeps the session in a cookie; POST and PATCH need Content-Type: application/json and no other ' +
        'protection. Every refusal is a Refusal, and has changed nothing.',
      issuer: deps.config.issuer,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: deps.engine.cookieName('session'),
          description: 'The session of the pages.',
        },
        token: { type: 'http', scheme: 'bearer', description: 'An access token.' },
      },
    });
    made = { document, page: describeDocsPage(document) };
    return made;
  };
  return new Router()
    .get('/api/openapi.json', async (ctx) => {
      ctx.body = describe().document;
      ctx.set('Cache-Control', 'no-cache');
    })
    .get('/api/docs', async (ctx) =>
      deps.pages.render(ctx, 'json-api/docs', { api: describe().page, documentPath: '/api/openapi.json' }),
    );
}
