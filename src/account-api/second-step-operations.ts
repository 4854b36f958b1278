/** The second step of a sign-in, and proving once more who one is. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import type { Method } from '../accounts/authentication.js';
import { checkOwnPassword } from '../accounts/check-own-password.js';
import { factorCookies } from '../accounts/factors/factor-cookies.js';
import { findFactors, type Way, waysOf } from '../accounts/factors/find-factors.js';
import { type FactorAnswer, proveFactor } from '../accounts/factors/prove-factor.js';
import { renewSignIn } from '../accounts/factors/renew-sign-in.js';
import { type OpenSecondStep, takeSecondStep } from '../accounts/factors/second-step.js';
import {
  askForOwnPasskey,
  describeFailure,
  findOpenStep,
  originOf,
} from '../accounts/factors/second-step-page.js';
import { browserOf } from '../accounts/passkeys/browser-of.js';
import { signInHere } from '../accounts/sign-in-here.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { describeSecondStep, SECOND_STEP, secondStepShape } from './next-step.js';
import { credentialShape, optionsShape } from './passkey-shapes.js';
import { secondStepIsOver, signInFailed, tooManyWrongPasswords } from './refusals.js';
import { nextField, signedInAs, signedInShape, WAYS, wayField, word } from './shapes.js';

const TAG = 'Signing in';

const codeField = word.optional().meta({ description: 'As it was typed; for every way but `passkey`.' });
const credentialField = credentialShape.optional().meta({ description: 'For the way `passkey`.' });

const stepBody = z.strictObject({
  way: z.enum([...WAYS, 'setup']),
  code: codeField,
  credential: credentialField,
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
  way: wayField.optional(),
  code: codeField,
  credential: credentialField,
});

interface Typed {
  code?: string | undefined;
  credential?: object | undefined;
}

/** @throws AppError invalid_fields when that which the way needs is missing */
function answerBy(ctx: Context, way: Way, { code, credential }: Typed): FactorAnswer {
  const missing = text('accountApi.missing');
  if (way === 'passkey') {
    if (!credential) throw invalidFields({ credential: missing });
    return { way, response: JSON.stringify(credential), browser: browserOf(ctx) };
  }
  if (!code) throw invalidFields({ code: missing });
  return { way, code };
}

export function secondStepOperations(deps: AccountApiDeps): Operation[] {
  const cookies = factorCookies(deps.config);

  const askPasskeyOf = async (ctx: Context, { id }: Account) => ({
    ...(await askForOwnPasskey(deps, ctx, id)),
  });

  async function getOpenStep(ctx: Context): Promise<OpenSecondStep> {
    const step = await findOpenStep(deps, ctx);
    if (!step) throw secondStepIsOver();
    return step;
  }

  async function proveWithFactor(
    ctx: Context,
    account: Account,
    { way, ...typed }: z.infer<typeof confirmBody>,
    at: Date,
  ): Promise<Method[]> {
    if (!way) throw invalidFields({ way: text('accountApi.missing') });
    const answer = answerBy(ctx, way, typed);
    const result = await proveFactor(deps, account, answer, originOf(ctx, at));
    if (result.outcome === 'right') return result.methods;
    const { error, status } = describeFailure(ctx, result, way);
    if (status === 429) throw signInFailed({ error, status });
    throw invalidFields({ [way === 'passkey' ? 'credential' : 'code']: error });
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
        return reply(200, await describeSecondStep(deps, await getOpenStep(ctx)));
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
      async run({ ctx, body: { way, sealed = '', remember, next, ...typed } }) {
        const token = cookies.findPending(ctx);
        if (!token) throw secondStepIsOver();
        const answer = way === 'setup' ? { way, sealed, code: typed.code ?? '' } : answerBy(ctx, way, typed);
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
        await signInHere(deps, ctx, result.account, result.methods);
        const signedIn = await signedInAs(deps.database, result.account, next);
        return reply(200, { ...signedIn, recovery_codes: result.recoveryCodes });
      },
    }),

    operation({
      method: 'post',
      path: `${SECOND_STEP}/passkey-options`,
      tag: TAG,
      summary: 'What to ask for a passkey at the second step',
      access: 'anybody',
      answers: { 200: optionsShape },
      refusals: { 401: 'This browser is not in the middle of a sign-in.' },
      async run({ ctx }) {
        return reply(200, await askPasskeyOf(ctx, (await getOpenStep(ctx)).account));
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/session/confirmation/passkey-options',
      tag: TAG,
      summary: 'What to ask for a passkey to prove once more who one is',
      access: 'signed-in',
      isForUnverified: true,
      answers: { 200: optionsShape },
      run: async ({ ctx, account }) => reply(200, await askPasskeyOf(ctx, account)),
    }),

    operation({
      method: 'post',
      path: '/api/account/session/confirmation',
      tag: TAG,
      summary: 'Prove once more who one is',
      description:
        'What would let somebody who found the browser signed in keep the account is refused by 403 ' +
        '`recent_sign_in_required` when the sign-in is older than ten minutes; after this it is new. Whoever has a ' +
        'second factor proves it by `way`, with `code` or `credential`; anybody else by `password`.',
      access: 'signed-in',
      isForUnverified: true,
      body: confirmBody,
      answers: { 204: null },
      refusals: { 429: 'Too many wrong answers; Retry-After says how long to wait.' },
      async run({ ctx, account, body }) {
        const at = new Date();
        const ways = waysOf(await findFactors(deps.database.knex, account.id));
        const prove = ways.length ? proveWithFactor : proveWithPassword;
        await renewSignIn(deps, ctx, account, await prove(ctx, account, body, at), at);
        return reply(204);
      },
    }),
  ];
}
