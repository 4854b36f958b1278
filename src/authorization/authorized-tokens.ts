/**
 * What a person has allowed: /o/authorized_tokens lists the applications and takes each back.
 * Tables: consents and grants, by consents.ts.
 */
import Router from '@koa/router';
import { requireAccount } from '../accounts/require-account.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { notFound } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { seeOther } from '../http/see-other.js';
import { describeScope } from '../scopes/scopes.js';
import { type AuthorizedApplication, listAuthorizedApplications, revokeConsent } from './consents.js';

interface AuthorizedTokensDeps {
  config: Config;
  database: Database;
  pages: Pages;
}

const PATHS = ['/o/authorized_tokens', '/authorized_tokens'];

export function authorizedTokensRoutes({ config, database, pages }: AuthorizedTokensDeps): Router {
  const router = new Router();

  const find = async (accountId: number, applicationId: string): Promise<AuthorizedApplication> => {
    const applications = await listAuthorizedApplications(database.knex, accountId, new Date());
    const found = applications.find((application) => String(application.applicationId) === applicationId);
    if (!found) throw notFound();
    return found;
  };
  const inWords = (application: AuthorizedApplication) => ({
    ...application,
    sentences: application.scopes.map((scope) => describeScope(config.scopes, scope)),
  });

  router.get(PATHS, async (ctx) => {
    const account = requireAccount(ctx);
    const applications = await listAuthorizedApplications(database.knex, account.id, new Date());
    pages.render(ctx, 'authorization/authorized-tokens', { applications: applications.map(inWords) });
  });

  router.get(
    PATHS.map((path) => `${path}/:id/delete`),
    async (ctx) => {
      const account = requireAccount(ctx);
      const application = inWords(await find(account.id, ctx.params.id ?? ''));
      pages.render(ctx, 'authorization/revoke', { application });
    },
  );

  router.post(
    PATHS.map((path) => `${path}/:id/delete`),
    async (ctx) => {
      const account = requireAccount(ctx);
      const { clientId } = await find(account.id, ctx.params.id ?? '');
      const { network, requestId } = ctx.state;
      await revokeConsent(database.knex, {
        accountId: account.id,
        clientId,
        network,
        requestId,
        at: new Date(),
      });
      seeOther(ctx, '/o/authorized_tokens');
    },
  );

  return router;
}
