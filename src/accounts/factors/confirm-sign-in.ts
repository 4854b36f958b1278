/** Asks somebody who is signed in to prove once more who they are (require-recent-sign-in.ts sends them here). */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import { recordEvent } from '../../audit/audit.js';
import { parseForm, refusal } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { type Text, text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { checkOwnPassword } from '../check-own-password.js';
import { requireAccount } from '../require-account.js';
import { safeNext } from '../safe-next.js';
import { describeWait } from '../wait.js';

const word = z.string(refusal('forms.mustBeText')).default('');
const confirmForm = z.object({ password: word, next: word });

function renderConfirm(
  { pages }: AccountDeps,
  ctx: Context,
  form: { next: string; error?: Text; status?: number },
): void {
  const { next, error, status = 200 } = form;
  pages.render(ctx, 'accounts/factors/confirm', { next, error }, { status });
}

export function confirmPage(deps: AccountDeps, ctx: Context): void {
  requireAccount(ctx);
  renderConfirm(deps, ctx, { next: safeNext(ctx.query.next) });
}

export async function confirmSignIn(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const form = parseForm(confirmForm, ctx.request.body);
  if (!form.ok)
    return renderConfirm(deps, ctx, { next: '/', error: text('factors.confirm.wrong'), status: 422 });

  const next = safeNext(form.value.next);
  const { network, requestId } = ctx.state;
  const at = new Date();
  const { password } = form.value;
  const check = { account, password, purpose: 'confirmation' as const, at, network, requestId };
  const result = await checkOwnPassword(deps, check);
  if (result.outcome === 'wrong')
    return renderConfirm(deps, ctx, { next, error: text('factors.confirm.wrong'), status: 401 });
  if (result.outcome === 'throttled') {
    ctx.set('Retry-After', String(result.retryAfter));
    const error = text('accounts.wait.wrongPasswords', { wait: describeWait(result.retryAfter) });
    return renderConfirm(deps, ctx, { next, error, status: 429 });
  }
  const isRenewed = await deps.sessions.renew(ctx, account.id, ['pwd']);
  if (isRenewed) {
    const event = { event: 'login.confirmed' as const, at, accountId: account.id, network, requestId };
    await recordEvent(deps.database.knex, event);
  }
  // Signed out in the meantime: the page they were on asks them to sign in.
  seeOther(ctx, next);
}
