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
import { findApplicationFor } from '../applications/find-application.js';
import { recordChange } from '../applications/record-change.js';
import type { Database } from '../database/database.js';
import { type FieldErrors, notFound } from '../http/errors.js';
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

/** @throws AppError 404 when there is none, or none that this account may see */
async function named({ database }: BrandingDeps, ctx: Context): Promise<Application> {
  const account = requireAccount(ctx);
  // 15 digits stay inside both bigint and a safe integer.
  if (!/^[1-9]\d{0,14}$/.test(ctx.params.id)) throw notFound();
  const application = await findApplicationFor(database.knex, account, Number(ctx.params.id));
  if (!application) throw notFound();
  return application;
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
