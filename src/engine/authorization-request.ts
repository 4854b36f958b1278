/** What is set right about an authorization request, or refused on a page, before the engine reads it. */
import type { Context } from 'koa';
import { AppError } from '../http/errors.js';
import { seeOther } from '../http/see-other.js';
import { type Text, text } from '../languages/texts.js';

// Parameters of OpenID Connect that the engine refuses without the scope openid; Django OAuth Toolkit ignores them,
// and some clients always send them (RFC 6749 3.1: unrecognized parameters are ignored).
const OPENID_ONLY = ['nonce', 'claims', 'claims_locales', 'acr_values', 'id_token_hint'];

// Sent twice, each could mean one thing to us and another to the client (RFC 6749 3.1).
const ONCE_ONLY = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state'];

// Characters. Node reads 16 KB of headers; a request beyond that would end in a bare 431 after the redirect.
const LONGEST_URL = 12_000;

/**
 * A POST (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2) becomes a GET of the same request: a form posted from
 * another site comes without our SameSite=Lax cookies, the redirect with them. The body is handed on as it was sent.
 */
export function redirectPostToGet(ctx: Context): void {
  const { rawBody = '' } = ctx.request;
  const url = `${ctx.path}?${[ctx.querystring, rawBody].filter(Boolean).join('&')}`;
  if (url.length > LONGEST_URL) {
    throw new AppError(414, 'too_large', text('authorization.request.tooLong'), {
      hint: text('authorization.request.tooLongHint', { max: LONGEST_URL }),
    });
  }
  seeOther(ctx, url);
}

/** @throws AppError 400 for a request that must not be answered by a redirect, since it does not say clearly where to */
export function prepareAuthorizationRequest(ctx: Context): void {
  refuseRepeatedParameters(ctx);
  if (isOpenIdRequest(ctx)) requireRedirectUri(ctx);
  else dropOpenIdParameters(ctx);
  translatePrompt(ctx);
}

function isOpenIdRequest({ query: { scope } }: Context): boolean {
  return typeof scope === 'string' && scope.split(' ').includes('openid');
}

function invalidRequest(message: Text, detail: string): AppError {
  return new AppError(400, 'invalid_request', message, {
    hint: text('authorization.request.forDeveloper', { detail, back: text('authorization.request.back') }),
  });
}

function refuseRepeatedParameters(ctx: Context): void {
  const repeated = ONCE_ONLY.filter((name) => Array.isArray(ctx.query[name]));
  if (!repeated.length) return;
  throw invalidRequest(text('authorization.request.contradictory'), `${repeated.join(', ')} sent twice`);
}

/** Left out, RFC 6749 takes the only registered one; OpenID Connect requires it (Core 3.1.2.1). */
function requireRedirectUri(ctx: Context): void {
  if (ctx.query.redirect_uri) return;
  throw invalidRequest(
    text('authorization.request.noWayBack'),
    'redirect_uri is missing, which the scope openid requires',
  );
}

/** Drops what only OpenID Connect knows from a request that does not ask for it. */
function dropOpenIdParameters(ctx: Context): void {
  if (!OPENID_ONLY.some((name) => name in ctx.query)) return;
  const kept = Object.entries(ctx.query).filter(([name]) => !OPENID_ONLY.includes(name));
  ctx.query = Object.fromEntries(kept);
}

/**
 * Two other words for what we do: Django OAuth Toolkit's approval_prompt=force asks for consent again (its `auto`, to
 * ask only once, is what we do anyway), and an account is selected by signing in to it (OpenID Connect Core 3.1.2.1).
 */
function translatePrompt(ctx: Context): void {
  const { prompt, approval_prompt: approvalPrompt } = ctx.query;
  if (prompt === undefined && approvalPrompt === 'force') ctx.query = { ...ctx.query, prompt: 'consent' };
  if (typeof prompt === 'string' && prompt.split(' ').includes('select_account')) {
    ctx.query = { ...ctx.query, prompt: prompt.replaceAll('select_account', 'login') };
  }
}
