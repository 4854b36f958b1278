/**
 * Two cookies with random tokens. The one of a sign-in that waits for its second step lives below the address it was
 * begun at, so that two tabs that sign in at two applications do not disturb each other; the one of a remembered browser
 * is there for all. Not signed: the database knows every good value.
 */
import type { Context } from 'koa';
import type { Config } from '../../config/config.js';
import { PENDING_LIFETIME } from './pending-sign-ins.js';
import { REMEMBERED_FOR } from './remembered-browsers.js';

export interface FactorCookies {
  findPending(ctx: Context): string | undefined;
  /** @param path of the second step's page, or the beginning of it */
  setPending(ctx: Context, token: string, path: string): void;
  endPending(ctx: Context, path: string): void;
  findBrowser(ctx: Context): string | undefined;
  setBrowser(ctx: Context, token: string): void;
}

export function factorCookies({ issuer }: Pick<Config, 'issuer'>): FactorCookies {
  const secure = issuer.startsWith('https:');
  // __Host- forbids a path.
  const pending = secure ? '__Secure-latchkey_second_step' : 'latchkey_second_step';
  const browser = secure ? '__Host-latchkey_browser' : 'latchkey_browser';
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;

  return {
    findPending: (ctx) => ctx.cookies.get(pending, { signed: false }),
    setPending(ctx, token, path) {
      ctx.cookies.set(pending, token, { ...options, path, maxAge: PENDING_LIFETIME });
    },
    endPending: (ctx, path) => ctx.cookies.set(pending, null, { ...options, path }),
    findBrowser: (ctx) => ctx.cookies.get(browser, { signed: false }),
    setBrowser(ctx, token) {
      ctx.cookies.set(browser, token, { ...options, path: '/', maxAge: REMEMBERED_FOR });
    },
  };
}
