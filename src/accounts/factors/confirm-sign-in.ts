/**
 * Asks somebody who is signed in to prove once more who they are (require-recent-sign-in.ts sends them here): by a second
 * factor where there is one, since a password that was found out must not be enough to take the factor away.
 */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { z } from 'zod';
import { parseForm, word } from '../../http/form-input.js';
import { seeOther } from '../../http/see-other.js';
import { type Text, text } from '../../languages/texts.js';
import type { Account } from '../account.js';
import type { AccountDeps } from '../account-deps.js';
import type { Method } from '../authentication.js';
import { checkOwnPassword } from '../check-own-password.js';
import { browserOf } from '../passkeys/browser-of.js';
import { requireAccount } from '../require-account.js';
import { safeNext } from '../safe-next.js';
import { describeWait } from '../wait.js';
import { findFactors, waysOf } from './find-factors.js';
import { proveFactor } from './prove-factor.js';
import { renewSignIn } from './renew-sign-in.js';
import { askForOwnPasskey, chooseWay, describeFailure, originOf } from './second-step-page.js';

const confirmForm = z.object({ password: word, way: word, code: word, response: word, next: word });

interface Failure {
  error: Text;
  status: number;
}

async function renderConfirm(
  { database, pages }: AccountDeps,
  ctx: Context,
  next: string,
  failure: Failure | undefined = undefined,
): Promise<void> {
  const ways = waysOf(await findFactors(database.knex, requireAccount(ctx).id));
  const locals = { next, error: failure?.error, way: chooseWay(ctx, ways), ways };
  pages.render(ctx, 'accounts/factors/confirm', locals, { status: failure?.status ?? 200 });
}

export async function confirmPage(deps: AccountDeps, ctx: Context): Promise<void> {
  requireAccount(ctx);
  await renderConfirm(deps, ctx, safeNext(ctx.query.next));
}

/** For the script of the page: what the authenticator of the person is to be asked. */
export async function askAtConfirmation(deps: AccountDeps, ctx: Context): Promise<void> {
  const { id: accountId } = requireAccount(ctx);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await askForOwnPasskey(deps, ctx, accountId);
}

type Proof = { methods: Method[] } | Failure;

async function checkPassword(
  deps: AccountDeps,
  ctx: Context,
  account: Account,
  password: string,
  at: Date,
): Promise<Proof> {
  const { network, requestId } = ctx.state;
  const purpose = 'confirmation' as const;
  const check = { account, password, purpose, at, network, requestId };
  const result = await checkOwnPassword(deps, check);
  if (result.outcome === 'right') return { methods: ['pwd'] };
  if (result.outcome === 'wrong') return { error: text('factors.confirm.wrong'), status: 401 };
  ctx.set('Retry-After', String(result.retryAfter));
  const wait = describeWait(result.retryAfter);
  return { error: text('accounts.wait.wrongPasswords', { wait }), status: 429 };
}

async function checkForm(
  deps: AccountDeps,
  ctx: Context,
  account: Account,
  form: z.infer<typeof confirmForm>,
  at: Date,
): Promise<Proof> {
  const ways = waysOf(await findFactors(deps.database.knex, account.id));
  if (!ways.length) return checkPassword(deps, ctx, account, form.password, at);
  const way = ways.find((each) => each === form.way);
  if (!way) return describeFailure(ctx, { outcome: 'wrong' });
  const { code, response } = form;
  const answer = way === 'passkey' ? { way, response, browser: browserOf(ctx) } : { way, code };
  const result = await proveFactor(deps, account, answer, originOf(ctx, at));
  return result.outcome === 'right' ? result : describeFailure(ctx, result, way);
}

export async function confirmSignIn(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const form = parseForm(confirmForm, ctx.request.body);
  if (!form.ok) return renderConfirm(deps, ctx, '/', { error: text('factors.confirm.wrong'), status: 422 });

  const next = safeNext(form.value.next);
  const at = new Date();
  const proof = await checkForm(deps, ctx, account, form.value, at);
  if ('error' in proof) return renderConfirm(deps, ctx, next, proof);
  await renewSignIn(deps, ctx, account, proof.methods, at);
  seeOther(ctx, next);
}
