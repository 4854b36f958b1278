/**
 * How an application looks where people sign in at it: its logo, its colour, and its pages about itself.
 *
 * URLs: /applications/<id>/look and /o/applications/<id>/look, GET and POST (multipart, for the logo).
 * Tables: application_looks. Whose applications they are is the business of src/applications; the pages that show the
 * look are in src/authorization, and the pictures are served by serve-branding.ts.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import type { Application } from '../applications/application.js';
import {
  type ApplicationDeps,
  bodyOf,
  changeBy,
  pathsOf,
  withApplication,
} from '../applications/application-pages.js';
import { recordChange } from '../applications/record-change.js';
import type { FieldErrors } from '../http/errors.js';
import { seeOther } from '../http/see-other.js';
import { findLook, saveLook } from './application-looks.js';
import { checkLook, fillLookForm, type LookValues, readLookForm } from './look-form.js';

type BrandingDeps = Pick<ApplicationDeps, 'database' | 'pages'>;

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

async function show(deps: BrandingDeps, ctx: Context, application: Application): Promise<void> {
  const look = await findLook(deps.database.knex, application.id);
  showForm(deps, ctx, application, { values: fillLookForm(look), logoUrl: look.logoUrl });
}

async function save(
  deps: BrandingDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const body = bodyOf(ctx);
  const values = readLookForm(body);
  const checked = checkLook(values, {
    upload: ctx.state.upload,
    removesLogo: body.remove_logo !== undefined,
  });
  const before = await findLook(deps.database.knex, application.id);
  if (checked.errors) {
    return showForm(deps, ctx, application, { values, logoUrl: before.logoUrl, errors: checked.errors });
  }
  const change = changeBy(ctx, account);
  await deps.database.knex.transaction(async (transaction) => {
    await saveLook(transaction, application.id, checked.look, { logo: checked.logo, at: change.at });
    const after = await findLook(transaction, application.id);
    await recordChange(transaction, 'application.changed', application, change, {
      changes: { look: { from: before, to: after } },
    });
  });
  seeOther(ctx, `/applications/${application.id}`);
}

export function brandingRoutes(deps: BrandingDeps): Router {
  const router = new Router();
  const look = pathsOf('/:id/look');
  router.get(
    look,
    withApplication(deps, (ctx, application) => show(deps, ctx, application)),
  );
  router.post(
    look,
    withApplication(deps, (ctx, application, account) => save(deps, ctx, application, account)),
  );
  return router;
}
