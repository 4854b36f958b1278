/**
 * Logos and colours for the pages, so that no page makes a browser ask anybody but us:
 *
 *   /branding/<hash>.<png|jpg|webp|svg>   the operator's logo, or that of an application
 *   /branding/<rrggbb>.css                what the stylesheet needs of a colour
 *   /favicon.ico                          for what asks for it without having read a page
 *
 * Table: application_looks (application-looks.ts). Nobody is signed in here, and no cookie is set.
 */
import type { Context, Middleware } from 'koa';
import type { Db } from '../database/database.js';
import { pictureUrl } from './addresses.js';
import { findLogo } from './application-looks.js';
import { colorSheet } from './colors.js';
import type { Picture } from './picture.js';

const FOR_EVER = 'public, max-age=31536000, immutable';
// Opened by itself, an SVG is a document that could hold scripts and links: it runs nothing and loads nothing.
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

interface BrandingDeps {
  database: { knex: Db };
  logo: Picture | undefined;
  /** Where the icon is when there is no logo. */
  icon: string;
}

function answer(ctx: Context, type: string, body: Buffer | string): void {
  ctx.status = 200;
  ctx.set('Cache-Control', FOR_EVER);
  ctx.type = type;
  ctx.body = body;
}

export function serveBranding({ database, logo, icon }: BrandingDeps): Middleware {
  return async (ctx, next) => {
    if (!['GET', 'HEAD'].includes(ctx.method)) return next();
    if (ctx.path === '/favicon.ico') return ctx.redirect(logo ? pictureUrl(logo) : icon);
    const [, color] = /^\/branding\/([0-9a-f]{6})\.css$/.exec(ctx.path) ?? [];
    if (color) return answer(ctx as Context, 'text/css; charset=utf-8', colorSheet(`#${color}`));
    const [, hash] = /^\/branding\/([0-9a-f]{32})\.(?:png|jpg|webp|svg)$/.exec(ctx.path) ?? [];
    if (!hash) return next();
    const isOperators = logo && pictureUrl(logo) === ctx.path;
    const picture = isOperators ? logo : await findLogo(database.knex, hash);
    if (!picture || pictureUrl(picture) !== ctx.path) return next();
    ctx.set('Content-Security-Policy', PICTURE_POLICY);
    answer(ctx as Context, picture.type, picture.content);
  };
}
