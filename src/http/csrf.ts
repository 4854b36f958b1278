/**
 * Forms of our pages are only accepted from our pages. A random cookie per browser, and in each form its
 * HMAC: a stranger who can neither read the cookie nor knows the key cannot make the pair. Origin and Sec-Fetch-Site are
 * checked as well where the browser sends them, which also stops a subdomain that managed to plant a cookie.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { text } from '../languages/texts.js';
import { newToken } from '../secrets/token-hash.js';
import { AppError } from './errors.js';
import { isSafeMethod } from './safe-method.js';

const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/;

interface CsrfOptions {
  key: Buffer;
  /** The issuer is https: the cookie gets the __Host- prefix and the Secure flag. */
  secure: boolean;
}

export function csrfFailed(reason: string): AppError {
  return new AppError(403, 'csrf_failed', text('errors.csrf.message'), {
    hint: text('errors.csrf.hint'),
    cause: new Error(reason),
  });
}

/** A form can only be posted, so a page has no other method that changes anything. */
function notAFormMethod(): AppError {
  return new AppError(405, 'method_not_allowed', text('errors.method.message'), {
    hint: text('errors.method.hint'),
    headers: { Allow: 'GET, HEAD, POST' },
  });
}

function tokenFor(cookie: string, key: Buffer): string {
  return createHmac('sha256', key).update(`csrf:${cookie}`).digest('base64url');
}

function isEqual(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Why the browser says that the request came from elsewhere. The Host header itself was checked against the issuer. */
export function findForeignSign(ctx: Context, secure: boolean): string | undefined {
  const origin = ctx.get('Origin');
  if (origin && origin !== `${secure ? 'https' : 'http'}://${ctx.get('Host').toLowerCase()}`)
    return 'another Origin';
  const site = ctx.get('Sec-Fetch-Site');
  if (site && site !== 'same-origin' && site !== 'none') return `Sec-Fetch-Site is ${JSON.stringify(site)}`;
  return undefined;
}

/**
 * For the forms of the engine, which checks a token of its own.
 * @throws AppError csrf_failed
 */
export function refuseForeignForm(ctx: Context, secure: boolean): void {
  const foreign = findForeignSign(ctx, secure);
  if (foreign) throw csrfFailed(foreign);
}

function findFormToken(ctx: Context): unknown {
  const body: unknown = ctx.request.body;
  return body && typeof body === 'object' && 'csrf_token' in body ? body.csrf_token : undefined;
}

interface CsrfProtection {
  /** From here on every page that shows a form has its token, those of the engine and of errors included. */
  offer: Middleware;
  /** For page routes, after the form has been parsed. */
  check: Middleware;
}

export function csrfProtection({ key, secure }: CsrfOptions): CsrfProtection {
  const cookieName = secure ? '__Host-latchkey_csrf' : 'latchkey_csrf';

  function getOrMakeCookie(ctx: Context): string {
    const known = ctx.cookies.get(cookieName);
    if (known && COOKIE_VALUE.test(known)) return known;
    const made = newToken();
    // Set by hand: the cookies library refuses Secure behind a proxy that ends TLS.
    const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', ...(secure ? ['Secure'] : [])];
    ctx.append('Set-Cookie', `${cookieName}=${made}; ${attributes.join('; ')}`);
    return made;
  }

  const makeToken = (ctx: Context) => tokenFor(getOrMakeCookie(ctx), key);

  return {
    offer(ctx, next) {
      ctx.state.makeCsrfToken = makeToken;
      return next();
    },

    async check(ctx, next) {
      if (!isSafeMethod(ctx.method)) {
        if (ctx.method !== 'POST') throw notAFormMethod();
        refuseForeignForm(ctx as Context, secure);
        const cookie = ctx.cookies.get(cookieName);
        if (!cookie) throw csrfFailed('no cookie');
        if (!isEqual(findFormToken(ctx as Context), tokenFor(cookie, key)))
          throw csrfFailed('token does not match the cookie');
      }
      await next();
    },
  };
}
