/** The second step after the sign-in page of our own. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import type { AccountDeps } from '../account-deps.js';
import { nextOf } from '../safe-next.js';
import { signInHere } from '../sign-in-here.js';
import { type SecondStepPlace, showSecondStep, submitSecondStep } from './second-step-page.js';

export const SIGN_IN_SECOND_STEP = '/login/second-step';

/** Where the password page sends the browser. */
export function secondStepAddress(next: string | undefined): string {
  return next ? `${SIGN_IN_SECOND_STEP}?next=${encodeURIComponent(next)}` : SIGN_IN_SECOND_STEP;
}

function placeOf(deps: AccountDeps, ctx: Context, wanted: unknown): SecondStepPlace {
  const next = nextOf(wanted);
  return {
    path: SIGN_IN_SECOND_STEP,
    next,
    start: next ? `/login?next=${encodeURIComponent(next)}` : '/login',
    // The way on may be an authorization request, whose redirect to the client form-action 'self' would stop.
    formAction: next ? 'any' : 'self',
    async finish(account, methods) {
      await signInHere(deps, ctx, account, methods);
      return next ?? '/';
    },
  };
}

export async function signInSecondStep(deps: AccountDeps, ctx: Context): Promise<void> {
  await showSecondStep(deps, ctx, placeOf(deps, ctx, ctx.query.next));
}

export async function takeSignInSecondStep(deps: AccountDeps, ctx: Context): Promise<void> {
  const { next } = (ctx.request.body ?? {}) as { next?: unknown };
  await submitSecondStep(deps, ctx, placeOf(deps, ctx, next));
}
