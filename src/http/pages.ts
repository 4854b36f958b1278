/**
 * Renders views/*.ejs inside views/layout.ejs. Every view is compiled at boot, so a broken one stops the start, not
 * a reader. A view sets `page.title`, and `page.layout` when it is not 'wide'.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ejs, { type TemplateFunction } from 'ejs';
import type { Context } from 'koa';
import { colorUrl } from '../branding/addresses.js';
import { brandOnPages, OWN_BRAND } from '../branding/brand.js';
import { colorClass } from '../branding/colors.js';
import type { Config } from '../config/config.js';
import { LANGUAGES } from '../languages/languages.js';
import { pageAddress } from '../languages/page-address.js';
import { showDate } from '../languages/show-date.js';
import { isTextKey, translatorFor } from '../languages/texts.js';
import { projectFolder } from '../project-folder.js';
import { assetUrl, loadAssets } from './assets.js';

export interface RenderOptions {
  status?: number;
  /**
   * Where the page's forms may lead. Chromium applies form-action to the whole chain of redirects after a POST, so a
   * page on the way back to a client (sign-in, consent) needs 'any'.
   */
  formAction?: 'self' | 'any';
}

export interface Pages {
  /** @param view path below views/, without .ejs: 'accounts/login' */
  render(ctx: Context, view: string, locals?: Record<string, unknown>, options?: RenderOptions): void;
  /** A view by itself, without the layout: a mail. */
  fill(view: string, locals: Record<string, unknown>): string;
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "script-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sees to it that what a view includes exists: EJS itself only looks when the line is reached. */
function checkIncludes(name: string, source: string, names: Set<string>): void {
  for (const [, included] of source.matchAll(/include\('([^']+)'/g)) {
    const target = included?.replace(/^\//, '');
    if (!target || !included?.startsWith('/') || !names.has(target)) {
      throw new Error(
        `views/${name}.ejs includes '${included}', which is not a view (write '/partials/...')`,
      );
    }
  }
}

/** Sees to it that every text a view shows exists. */
function checkTexts(name: string, source: string): void {
  for (const [, key] of source.matchAll(/\b(?:t|html)\('([^']+)'/g)) {
    if (!isTextKey(key!)) throw new Error(`views/${name}.ejs shows '${key}', which is not a text`);
  }
}

async function compileViews(root: string): Promise<Map<string, TemplateFunction>> {
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ejs'));
  const names = new Set(files.map((file) => relative('.', file).replace(/\.ejs$/, '')));
  const views = new Map<string, TemplateFunction>();
  for (const name of names) {
    const filename = join(root, `${name}.ejs`);
    const source = await readFile(filename, 'utf8');
    checkIncludes(name, source, names);
    checkTexts(name, source);
    views.set(name, ejs.compile(source, { filename, root, cache: true }));
  }
  return views;
}

/**
 * @param options.signup whether pages offer to sign up; they do unless told otherwise
 * @throws when a view does not compile, includes a file that is not there or shows a text that does not exist
 */
export async function createPages({
  issuer,
  signup = 'open',
  mail,
  brand = OWN_BRAND,
}: Pick<Config, 'issuer'> & Partial<Pick<Config, 'signup' | 'mail' | 'brand'>>): Promise<Pages> {
  const assets = await loadAssets();
  const views = await compileViews(projectFolder('views'));
  const shownBrand = brandOnPages(brand);
  const asset = (name: string) => assetUrl(assets, name);

  const fill = (view: string, locals: Record<string, unknown>): string => {
    const template = views.get(view);
    if (!template) throw new Error(`There is no views/${view}.ejs`);
    return template(locals);
  };

  return {
    fill,
    render(ctx, view, locals = {}, { status = 200, formAction = 'self' } = {}) {
      const { language } = ctx.state;
      const all = {
        ...locals,
        ...translatorFor(language),
        languages: LANGUAGES,
        showDate: (date: Date) => showDate(date, language),
        view,
        page: { title: '', layout: 'wide' },
        csrfToken: ctx.state.csrfToken,
        account: ctx.state.account,
        actor: ctx.state.actor,
        actsAs: ctx.state.actsAs,
        requestId: ctx.state.requestId,
        path: ctx.path,
        // An address where nothing is, or where something failed, is not repeated on the page.
        address: view === 'errors/page' ? '/' : pageAddress(ctx),
        signupIsOpen: signup === 'open',
        mailIsOn: mail !== undefined && mail.mode !== 'off',
        issuer,
        asset,
        brand: shownBrand,
        colorUrl,
        colorClass,
      };
      const html = fill('layout', { ...all, body: fill(view, all) });
      ctx.status = status;
      ctx.type = 'html';
      ctx.set('Cache-Control', 'no-store');
      ctx.set(
        'Content-Security-Policy',
        formAction === 'self' ? `${CONTENT_SECURITY_POLICY}; form-action 'self'` : CONTENT_SECURITY_POLICY,
      );
      // An application that signs people in through a popup has to keep its hold on that window all the way back.
      if (formAction === 'any') ctx.set('Cross-Origin-Opener-Policy', 'unsafe-none');
      ctx.body = html;
    },
  };
}
