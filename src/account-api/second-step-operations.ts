/** The second step of a sign-in, and proving once more who one is. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import type { Method } from '../accounts/authentication.js';
import { checkOwnPassword } from '../accounts/check-own-password.js';
import { factorCookies } from '../accounts/factors/factor-cookies.js';
import { findFactors, waysOf } from '../accounts/factors/find-factors.js';
import { proveFactor } from '../accounts/factors/prove-factor.js';
import { findSecondStep, takeSecondStep } from '../accounts/factors/second-step.js';
import { describeFailure, originOf } from '../accounts/factors/second-step-page.js';
import { recordEvent } from '../audit/audit.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { describeSecondStep, SECOND_STEP, secondStepShape } from './next-step.js';
import { type Operation, operation, reply } from './operation.js';
import { invalidFields, secondStepIsOver, signInFailed, tooManyWrongPasswords } from './refusals.js';
import { CODE_WAYS, nextField, signedInAs, signedInShape, word } from './shapes.js';

const TAG = 'Signing in';

const stepBody = z.strictObject({
  way: z.enum([...CODE_WAYS, 'setup']),
  code: word,
  sealed: word.optional().meta({ description: 'That of the setup; for the way `setup` only.' }),
  remember: z.boolean().optional().meta({ description: 'Not to be asked in this browser for 30 days.' }),
  next: nextField,
});

const finishedShape = signedInShape
  .extend({
    recovery_codes: z.array(z.string()).meta({ description: 'Made with a first factor; never shown again.' }),
  })
  .meta({ id: 'SignedInBySecondStep' });

const confirmBody = z.strictObject({
  password: word.optional().meta({ format: 'password', description: 'Of somebody without a second factor.' }),
  way: z.enum(CODE_WAYS).optional(),
  code: word.optional(),
});

export function secondStepOperations(deps: AccountApiDeps): Operation[] {
  const cookies = factorCookies(deps.config);

  async function proveWithFactor(
    ctx: Context,
    account: Account,
    { way, code }: z.infer<typeof confirmBody>,
    at: Date,
  ): Promise<Method[]> {
    const missing = text('accountApi.missing');
    if (!way || !code)
      throw invalidFields({ ...(way ? {} : { way: missing }), ...(code ? {} : { code: missing }) });
    const result = await proveFactor(deps, account, { way, code }, originOf(ctx, at));
    if (result.outcome === 'right') return result.methods;
    const { error, status } = describeFailure(ctx, result, way);
    throw status === 429 ? signInFailed({ error, status }) : invalidFields({ code: error });
  }

  async function proveWithPassword(
    ctx: Context,
    account: Account,
    { password }: z.infer<typeof confirmBody>,
    at: Date,
  ): Promise<Method[]> {
    if (!password) throw invalidFields({ password: text('accountApi.missing') });
    const { network, requestId } = ctx.state;
    const check = { account, password, purpose: 'confirmation' as const, at, network, requestId };
    const result = await checkOwnPassword(deps, check);
    if (result.outcome === 'right') return ['pwd'];
    if (result.outcome === 'throttled') throw tooManyWrongPasswords(result.retryAfter);
    throw invalidFields({ password: text('factors.confirm.wrong') });
  }

  return [
    operation({
      method: 'get',
      path: SECOND_STEP,
      tag: TAG,
      summary: 'What the second step asks for',
      description: 'As the sign-in has answered it; a setup is a new one.',
      access: 'anybody',
      answers: { 200: secondStepShape },
      refusals: { 401: 'This browser is not in the middle of a sign-in.' },
      async run({ ctx }) {
        const token = cookies.findPending(ctx);
        const step = token && (await findSecondStep(deps, token, new Date()));
        if (!step) throw secondStepIsOver();
        return reply(200, await describeSecondStep(deps, step.account));
      },
    }),

    operation({
      method: 'post',
      path: SECOND_STEP,
      tag: TAG,
      summary: 'Take the second step',
      access: 'anybody',
      body: stepBody,
      answers: { 200: finishedShape },
      refusals: {
        401: 'A wrong code (`wrong_credentials`); or it is too late or was tried too often (`sign_in_over`), and begins again with the password.',
        429: 'Too many wrong codes; Retry-After says how long to wait.',
      },
      async run({ ctx, body: { way, code, sealed = '', remember, next } }) {
        const token = cookies.findPending(ctx);
        if (!token) throw secondStepIsOver();
        const answer = way === 'setup' ? { way, sealed, code } : { way, code };
        const browser = { userAgent: ctx.get('User-Agent'), known: cookies.findBrowser(ctx) };
        const step = { token, answer, ...(remember ? { remember: browser } : {}) };
        const result = await takeSecondStep(deps, step, originOf(ctx, new Date()));
        if (result.outcome === 'over') {
          cookies.endPending(ctx, SECOND_STEP);
          throw secondStepIsOver();
        }
        if (result.outcome !== 'done') throw signInFailed(describeFailure(ctx, result, way));
        cookies.endPending(ctx, SECOND_STEP);
        if (result.browserToken) cookies.setBrowser(ctx, result.browserToken);
        await deps.sessions.start(ctx, result.account.id, result.methods);
        await deps.knownBrowsers.greet(ctx, result.account.id);
        const signedIn = await signedInAs(deps.database, result.account, next);
        return reply(200, { ...signedIn, recovery_codes: result.recoveryCodes });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/session/confirmation',
      tag: TAG,
      summary: 'Prove once more who one is',
      description:
        'What would let somebody who found the browser signed in keep the account is refused by 403 ' +
        '`recent_sign_in_required` when the sign-in is older than ten minutes; after this it is new. Whoever has a ' +
        'second factor proves it by `way` and `code`, anybody else by `password`.',
      access: 'signed-in',
      isForUnverified: true,
      body: confirmBody,
      answers: { 204: null },
      refusals: { 429: 'Too many wrong answers; Retry-After says how long to wait.' },
      async run({ ctx, account, body }) {
        const at = new Date();
        const ways = waysOf(await findFactors(deps.database.knex, account.id));
        const prove = ways.length ? proveWithFactor : proveWithPassword;
        const methods = await prove(ctx, account, body, at);
        // Signed out in the meantime: the next request says so.
        if (await deps.sessions.renew(ctx, account.id, methods)) {
          const { network, requestId } = ctx.state;
          const event = { at, accountId: account.id, network, requestId, details: { methods } };
          await recordEvent(deps.database.knex, { ...event, event: 'login.confirmed' });
        }
        return reply(204);
      },
    }),
  ];
}
