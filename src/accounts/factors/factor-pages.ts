/** What people do about their second factors on the page about signing in. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import type { Link } from '../../http/errors.js';
import { textOf } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { type Text, text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { requireRecentSignIn } from '../require-recent-sign-in.js';
import { describeDevice } from '../sessions/device.js';
import { shortAddress } from '../short-address.js';
import { addAuthenticatorApp, removeAuthenticatorApp, renewRecoveryCodes } from './change-factors.js';
import { findFactors, hasFactor } from './find-factors.js';
import { forgetBrowsers } from './forget-browsers.js';
import { listRememberedBrowsers } from './remembered-browsers.js';
import { originOf } from './second-step-page.js';
import { describeSetup, offerSetup, openSetup } from './totp.js';

const PAGE = '/account/security';

/** Shown once after a change, told by the address. */
export const FACTORS_SAVED: Record<string, { sentence: Text; link?: Link }> = {
  app: {
    sentence: text('factors.saved.added'),
    // OWASP ASVS 7.4.3: whoever was in before the factor may be somebody else.
    link: { href: '/account/sessions', text: text('accounts.sessions.title') },
  },
  appRemoved: { sentence: text('factors.saved.removed') },
  browserForgotten: { sentence: text('factors.saved.forgotten') },
};

/** What views/accounts/factors/section.ejs shows. */
export async function describeFactors({ database }: AccountDeps, accountId: number) {
  const factors = await findFactors(database.knex, accountId);
  const browsers = await listRememberedBrowsers(database.knex, accountId, new Date());
  return {
    factors: { ...factors, hasFactor: hasFactor(factors) },
    browsers: browsers.map((browser) => ({
      ...browser,
      device: describeDevice(browser.userAgent),
      network: shortAddress(browser.network),
    })),
  };
}

export async function setUpPage({ config, pages, factorKeys }: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx);
  const setup = await offerSetup(factorKeys.seeds, account, config.issuer, new Date());
  pages.render(ctx, 'accounts/factors/set-up', { setup });
}

export async function setUpApp(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx);
  const { sealed, code } = (ctx.request.body ?? {}) as Record<string, unknown>;
  const at = new Date();
  const { seeds } = deps.factorKeys;
  const seed = openSetup(seeds, textOf(sealed), account, at);
  if (!seed) return seeOther(ctx, `${PAGE}/app`);

  const app = { seed, code: textOf(code) };
  const result = await addAuthenticatorApp(deps, account.id, app, originOf(ctx, at));
  if (result.outcome !== 'added') {
    const setup = await describeSetup(seeds, seed, account, deps.config.issuer, at);
    const error = text(result.outcome === 'wrong' ? 'factors.setUp.wrong' : 'factors.setUp.exists');
    return deps.pages.render(ctx, 'accounts/factors/set-up', { setup, error }, { status: 422 });
  }
  await deps.sessions.renew(ctx, account.id, ['otp', 'mfa']);
  const next = `${PAGE}?saved=app`;
  const { recoveryCodes: codes } = result;
  if (!codes.length) return seeOther(ctx, next);
  deps.pages.render(ctx, 'accounts/factors/recovery-codes', { codes, next });
}

export async function removePage({ database, pages }: AccountDeps, ctx: Context): Promise<void> {
  const { passkeys } = await findFactors(database.knex, requireRecentSignIn(ctx).id);
  pages.render(ctx, 'accounts/factors/remove-app', { passkeys });
}

export async function removeApp(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx);
  const result = await removeAuthenticatorApp(deps, account.id, originOf(ctx, new Date()));
  if (result === 'removed') return seeOther(ctx, `${PAGE}?saved=appRemoved`);
  const error = text('factors.remove.required');
  deps.pages.render(ctx, 'accounts/factors/remove-app', { error, passkeys: 0 }, { status: 422 });
}

export async function makeRecoveryCodes(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireRecentSignIn(ctx, PAGE);
  if (!hasFactor(await findFactors(deps.database.knex, account.id))) return seeOther(ctx, PAGE);
  const codes = await renewRecoveryCodes(deps, account.id, originOf(ctx, new Date()));
  deps.pages.render(ctx, 'accounts/factors/recovery-codes', { codes, next: PAGE });
}

/** Makes signing in harder, not easier, so that it asks for no recent sign-in. */
export async function forgetBrowser({ database }: AccountDeps, ctx: Context): Promise<void> {
  const { id: accountId } = requireAccount(ctx);
  const id = textOf((ctx.request.body as { id?: unknown }).id);
  // No id of ours has more digits, and PostgreSQL refuses a longer number.
  const which = /^\d{1,15}$/.test(id) ? Number(id) : undefined;
  if (id !== 'all' && which === undefined) return seeOther(ctx, PAGE);
  const { network, requestId } = ctx.state;
  await forgetBrowsers(database, { accountId, which, network, requestId });
  seeOther(ctx, `${PAGE}?saved=browserForgotten`);
}
