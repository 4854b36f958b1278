/**
 * The description of the account API, for the developers of front ends: in English, as the portal is.
 *
 * URLs: /api/openapi.json (OpenAPI 3.1, for generators) and /api/docs (the same to read), from the operations that
 * routes.ts serves. No tables.
 */
import type Router from '@koa/router';
import type Provider from 'oidc-provider';
import { docsRoutes } from '../json-api/docs.js';
import type { AccountApiDeps } from './deps.js';
import { listOperations } from './operations.js';

export function accountApiDocsRoutes(deps: AccountApiDeps & { engine: Provider }): Router {
  return docsRoutes({
    pages: deps.pages,
    documentPath: '/api/openapi.json',
    pagePath: '/api/docs',
    listOperations: () => listOperations(deps),
    about: {
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
    },
  });
}
