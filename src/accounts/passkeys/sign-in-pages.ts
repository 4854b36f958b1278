/** Signing in with a passkey on the sign-in page; at an application src/authorization does the same. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { seeOther } from '../../http/see-other.js';
import type { AccountDeps } from '../account-deps.js';
import { makeKeepLink } from '../leaving/keep-link.js';
import { nextOf, safeNext } from '../safe-next.js';
import { signInHere } from '../sign-in-here.js';
import { renderSignIn } from '../sign-in-pages.js';
import { browserOf } from './browser-of.js';
import { askForPasskey } from './check-passkey.js';
import { describePasskeyFailure } from './passkey-failure.js';
import { signInWithPasskey } from './sign-in-with-passkey.js';

export async function askWhoSignsIn(deps: AccountDeps, ctx: Context): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await askForPasskey(deps, { purpose: 'sign-in', browser: browserOf(ctx) });
}

export async function submitSignIn(deps: AccountDeps, ctx: Context): Promise<void> {
  const { response, next } = ctx.request.body as Record<string, unknown>;
  const { network, requestId } = ctx.state;
  const result = await signInWithPasskey(deps, { response, browser: browserOf(ctx), network, requestId });
  if (result.outcome === 'wrong' && result.leaving)
    return seeOther(ctx, await makeKeepLink(deps.database.knex, result.leaving));
  if (result.outcome !== 'ok')
    return renderSignIn(deps, ctx, { ...describePasskeyFailure(ctx, result), next: nextOf(next) });
  await signInHere(deps, ctx, result.account, result.methods);
  seeOther(ctx, safeNext(next));
}
