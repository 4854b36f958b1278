/**
 * How an application looks where people sign in at it: its logo, its colour, and its pages about itself.
 *
 * URLs: /applications/<id>/look and /o/applications/<id>/look, GET and POST (multipart, for the logo).
 * Tables: application_looks. Whose applications they are is the business of src/applications; the pages that show the
 * look are in src/authorization, and the pictures are served by serve-branding.ts.
 */

import { Router } from '@koa/router';
import type { Context } from 'koa';
import { requireAccount } from '../accounts/require-account.js';
import type { Application } from '../applications/application.js';
import { getApplicationFor } from '../applications/find-application.js';
import { recordChange } from '../applications/record-change.js';
import type { Database } from '../database/database.js';
import type { FieldErrors } from '../http/errors.js';
import type { Pages } from '../http/pages.js';
import { seeOther } from '../http/see-other.js';
import { findLook, saveLook } from './application-looks.js';
import { checkLook, fillLookForm, type LookValues, readLookForm } from './look-form.js';

interface BrandingDeps {
  database: Database;
  pages: Pages;
}

interface Form {
  values: LookValues;
  logoUrl: string | null;
  errors?: FieldErrors;
}

function showForm({ pages }: BrandingDeps, ctx: Context, application: Application, form: Form): void {
  const { errors = {} } = form;
  const status = Object.keys(errors).length ? 422 : 200;
  pages.render(ctx, 'branding/look', { application, ...form, errors }, { status });
}

/** The application the path names. @throws AppError 404 */
async function named({ database }: BrandingDeps, ctx: Context): Promise<Application> {
  return getApplicationFor(database.knex, requireAccount(ctx), ctx.params.id);
}

async function save(deps: BrandingDeps, ctx: Context): Promise<void> {
  const application = await named(deps, ctx);
  const body = (ctx.request.body ?? {}) as Record<string, unknown>;
  const values = readLookForm(body);
  const checked = checkLook(values, {
    upload: ctx.state.upload,
    removesLogo: body.remove_logo !== undefined,
  });
  const before = await findLook(deps.database.knex, application.id);
  if (checked.errors) {
    return showForm(deps, ctx, application, { values, logoUrl: before.logoUrl, errors: checked.errors });
  }
  const at = new Date();
  const by = { accountId: ctx.state.account?.id, network: ctx.state.network, requestId: ctx.state.requestId };
  await deps.database.knex.transaction(async (transaction) => {
    await saveLook(transaction, application.id, checked.look, { logo: checked.logo, at });
    const after = await findLook(transaction, application.id);
    await recordChange(
      transaction,
      'application.changed',
      application,
      { by, at },
      {
        changes: { look: { from: before, to: after } },
      },
    );
  });
  seeOther(ctx, `/applications/${application.id}`);
}

export function brandingRoutes(deps: BrandingDeps): Router {
  const router = new Router();
  const paths = ['/applications/:id/look', '/o/applications/:id/look'];
  router.get(paths, async (ctx) => {
    const application = await named(deps, ctx);
    const look = await findLook(deps.database.knex, application.id);
    showForm(deps, ctx, application, { values: fillLookForm(look), logoUrl: look.logoUrl });
  });
  router.post(paths, (ctx) => save(deps, ctx));
  return router;
}
