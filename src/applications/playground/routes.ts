/**
 * A client of the application's own in the browser of its developer: it goes through the flows and shows each request and
 * response as it was on the wire.
 *
 * URLs, below /applications/<id> (and /o/applications/<id>): /playground, /playground/callback (its redirect URI), and POST
 * /playground/redirect-uri, which registers or removes that. Everything else happens in views/assets/playground.js, by the
 * endpoints any client uses: no secret or token that is tried here is sent to or kept by this feature. Tables: none.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { AppError } from '../../http/errors.js';
import { seeOther } from '../../http/see-other.js';
import { scopesOf } from '../../scopes/scopes.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, withApplication } from '../application-pages.js';
import { endpointsOf } from '../endpoints.js';
import { addRedirectUri, removeRedirectUri } from '../redirect-uris/add-redirect-uri.js';
import { isRegistered } from '../redirect-uris/redirect-uris.js';

export function playgroundRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  router.get(
    [...pathsOf('/:id/playground'), ...pathsOf('/:id/playground/callback')],
    withApplication(deps, (ctx, application) => showPlayground(deps, ctx, application)),
  );
  router.post(
    pathsOf('/:id/playground/redirect-uri'),
    withApplication(deps, (ctx, application, account) => changeRedirectUri(deps, ctx, application, account)),
  );
  return router;
}

const pathOf = ({ id }: Application) => `/applications/${id}/playground`;

/** Under the origin of the issuer, as all pages are. */
function redirectUriOf({ config }: ApplicationDeps, application: Application): string {
  return `${new URL(config.issuer).origin}${pathOf(application)}/callback`;
}

function showPlayground(deps: ApplicationDeps, ctx: Context, application: Application): void {
  const { config, pages } = deps;
  const redirectUri = redirectUriOf(deps, application);
  pages.render(ctx, 'applications/playground/show', {
    application,
    endpoints: endpointsOf(config.issuer),
    redirectUri,
    isRegistered: isRegistered(application, redirectUri),
    scopes: scopesOf(application, config),
    passwordGrant: config.passwordGrant,
  });
}

async function changeRedirectUri(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const change = bodyOf(ctx).remove === undefined ? addRedirectUri : removeRedirectUri;
  const { problem } = await change(deps, application.id, redirectUriOf(deps, application), {
    isTrusted: account.isSuperuser,
    ...changeBy(ctx, account),
  });
  if (problem) throw new AppError(422, 'redirect_uri_refused', problem);
  seeOther(ctx, pathOf(application));
}
