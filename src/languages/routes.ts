/**
 * The choice of language at the foot of every page.
 *
 * URL: /language (POST: `language`, and `page`, the one it was chosen on). It is kept in a cookie and, of somebody who
 * is signed in, as the claim `locale` of the account (src/accounts). Tables: none of its own.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { setOwnLanguage } from '../accounts/own-language.js';
import { safeNext } from '../accounts/safe-next.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { seeOther } from '../http/see-other.js';
import { rememberLanguage } from './choose-language.js';
import { languageTags } from './languages.js';
import { setLanguageOfSignIn } from './sign-in-language.js';
import { text } from './texts.js';

interface LanguageDeps {
  config: Config;
  database: Database;
}

export function languageRoutes(deps: LanguageDeps): Router {
  return new Router().post('/language', (ctx) => switchLanguage(deps, ctx));
}

async function switchLanguage({ config, database }: LanguageDeps, ctx: Context): Promise<void> {
  const form = (ctx.request.body ?? {}) as Record<string, unknown>;
  const language = languageTags.find((tag) => tag === form.language);
  if (!language) throw new AppError(422, 'unknown_language', text('languages.unknown'));
  const page = withLanguage(safeNext(form.page), language);
  const { account, network, requestId } = ctx.state;
  if (account) await setOwnLanguage(database, account, language, { network, requestId });
  await setLanguageOfSignIn(database, page, language);
  rememberLanguage(ctx, language, config.issuer.startsWith('https:'));
  seeOther(ctx, page);
}

/** The page's own ui_locales would win over what was just chosen. */
function withLanguage(path: string, language: string): string {
  const [base = '', query] = path.split('?', 2);
  const parameters = new URLSearchParams(query);
  if (!parameters.has('ui_locales')) return path;
  parameters.set('ui_locales', language);
  return `${base}?${parameters}`;
}
