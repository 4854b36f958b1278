/**
 * Preview deployments of an application: the owner approves patterns, scripts add redirect URIs within them by the API.
 *
 *   /applications/<id>/previews                GET; POST approves a pattern
 *   /applications/<id>/previews/withdraw       POST
 *   /applications/<id>/previews/<uri id>/remove   POST
 *
 * The same under /o. Tables: preview_patterns, preview_redirect_uris.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { notFound } from '../../http/errors.js';
import { textOf } from '../../http/form-input.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import type { Application } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, withApplication } from '../application-pages.js';
import {
  approvePattern,
  listPatterns,
  listPreviewUris,
  removePreviewUri,
  withdrawPattern,
} from './preview-uris.js';

export function previewRoutes(deps: ApplicationDeps): Router {
  return new Router()
    .get(
      pathsOf('/:id/previews'),
      withApplication(deps, (ctx, application) => showPreviews(deps, ctx, application)),
    )
    .post(
      pathsOf('/:id/previews'),
      withApplication(deps, (ctx, application, account) => approve(deps, ctx, application, account)),
    )
    .post(
      pathsOf('/:id/previews/withdraw'),
      withApplication(deps, (ctx, application, account) => withdraw(deps, ctx, application, account)),
    )
    .post(
      pathsOf('/:id/previews/:uri/remove'),
      withApplication(deps, (ctx, application, account) => remove(deps, ctx, application, account)),
    );
}

const pathOf = ({ id }: Application) => `/applications/${id}/previews`;

async function showPreviews(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  application: Application,
  typed: { pattern?: string; problem?: string } = {},
): Promise<void> {
  const { knex } = database;
  const shown = {
    application,
    patterns: await listPatterns(knex, application.id),
    previews: await listPreviewUris(knex, application.id, new Date()),
    values: { pattern: typed.pattern ?? '' },
    errors: typed.problem ? { pattern: typed.problem } : {},
    api: `${new URL(config.issuer).origin}/api/applications/${application.clientId}/preview-redirect-uris`,
  };
  pages.render(ctx, 'applications/preview-uris/show', shown, { status: typed.problem ? 422 : 200 });
}

async function approve(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  requireRecentSignIn(ctx, pathOf(application));
  const pattern = textOf(bodyOf(ctx).pattern).trim();
  const problem = await approvePattern(deps.database.knex, application.id, pattern, changeBy(ctx, account));
  if (problem) return showPreviews(deps, ctx, application, { pattern, problem });
  seeOther(ctx, pathOf(application));
}

async function withdraw(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  await withdrawPattern(
    deps.database.knex,
    application.id,
    textOf(bodyOf(ctx).pattern),
    changeBy(ctx, account),
  );
  seeOther(ctx, pathOf(application));
}

async function remove(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const change = changeBy(ctx, account);
  if (!(await removePreviewUri(deps.database.knex, application.id, getId(ctx.params.uri), change)))
    throw notFound();
  seeOther(ctx, pathOf(application));
}
