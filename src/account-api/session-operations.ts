/** Joining, signing in and out, and who is signed in. */
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import { checkCredentials } from '../accounts/check-credentials.js';
import { factorCookies } from '../accounts/factors/factor-cookies.js';
import { findFactors, waysOf } from '../accounts/factors/find-factors.js';
import { listGroupsOf } from '../accounts/groups.js';
import { describeFailure } from '../accounts/login-failure.js';
import { nextOf } from '../accounts/safe-next.js';
import { signInHere, signInToNewAccount } from '../accounts/sign-in-here.js';
import { signUp } from '../accounts/sign-up.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { askSecondStep, nextStepShape, offerToKeep } from './next-step.js';
import { signInFailed } from './refusals.js';
import { nextField, personOf, personShape, signedInAs, signedInShape, WAYS, word } from './shapes.js';

const signUpBody = z.strictObject({
  username: word,
  email: word,
  first_name: word.optional(),
  last_name: word.optional(),
  password: word.meta({ format: 'password' }),
  next: nextField,
});

const signInBody = z.strictObject({
  username: word,
  password: word.meta({ format: 'password' }),
  next: nextField,
});

const sessionShape = z
  .strictObject({
    person: personShape,
    signed_in_at: z.iso.datetime().meta({ description: 'Or confirmed.' }),
    methods: z.array(z.string()).meta({ description: 'How, by RFC 8176: `pwd`, `otp`, `mfa`...' }),
    acted_in_by: z.string().nullable().meta({
      description: 'A superuser who acts here in the place of the person; to be shown on every page.',
    }),
    confirm_with: z.array(z.enum(['password', ...WAYS])).meta({ description: 'The ways to confirm it.' }),
  })
  .meta({ id: 'Session' });

const TAG = 'Signing in';

export function sessionOperations(deps: AccountApiDeps): Operation[] {
  const person = async (account: Account) =>
    personOf(account, await listGroupsOf(deps.database.knex, account.id));

  return [
    operation({
      method: 'post',
      path: '/api/account/sign-up',
      tag: TAG,
      summary: 'Make an account and sign in',
      description:
        'Where addresses are verified, a mail with a code is sent: POST /api/account/email/code takes it.',
      access: 'anybody',
      body: signUpBody,
      answers: { 201: signedInShape },
      refusals: {
        403: 'Nobody may sign up at this server.',
        429: 'Too many accounts from this network; Retry-After says how long to wait.',
      },
      async run({ ctx, body }) {
        const { network, requestId, language } = ctx.state;
        const { first_name: firstName, last_name: lastName, next, ...others } = body;
        const from = { network, requestId, language, next: nextOf(next) };
        const result = await signUp(deps, { ...others, firstName, lastName }, from);
        if (!result.ok) throw invalidFields(result.errors);
        await signInToNewAccount(deps, ctx, result.account);
        return reply(201, await signedInAs(deps.database, result.account, next));
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/session',
      tag: TAG,
      summary: 'Sign in',
      description:
        'The session is a cookie that scripts cannot read; one that the browser had before ends. 202: the password is ' +
        'right, but nobody is signed in yet, and `step` says what is next.',
      access: 'anybody',
      body: signInBody,
      answers: { 200: signedInShape, 202: nextStepShape },
      refusals: {
        401: 'The username or the password is wrong: which, and whether there is such an account, is not told.',
        429: 'Too many wrong passwords; Retry-After says how long to wait.',
      },
      async run({ ctx, body: { username, password, next } }) {
        if (!username || !password) throw invalidFields({ form: text('accounts.login.missing') });
        const { network, requestId } = ctx.state;
        const browserToken = factorCookies(deps.config).findBrowser(ctx);
        const findKnownBrowser = (account: Account) => deps.knownBrowsers.find(ctx, account);
        const attempt = { username, password, network, requestId, browserToken, findKnownBrowser };
        const result = await checkCredentials(deps, attempt);
        if (result.outcome === 'second_step')
          return reply(202, await askSecondStep(deps, ctx, result.account));
        if (result.outcome === 'wrong' && result.leaving)
          return reply(202, await offerToKeep(deps.database, result.leaving));
        if (result.outcome !== 'ok') throw signInFailed(describeFailure(ctx, result));
        await signInHere(deps, ctx, result.account, ['pwd']);
        return reply(200, await signedInAs(deps.database, result.account, next));
      },
    }),

    operation({
      method: 'get',
      path: '/api/account/session',
      tag: TAG,
      summary: 'Who is signed in',
      access: 'signed-in',
      isForUnverified: true,
      answers: { 200: sessionShape },
      async run({ ctx, account }) {
        const { at = new Date(0), methods = [] } = ctx.state.signIn ?? {};
        const ways = waysOf(await findFactors(deps.database.knex, account.id));
        return reply(200, {
          person: await person(account),
          signed_in_at: at.toISOString(),
          methods,
          acted_in_by: ctx.state.actor?.username ?? null,
          confirm_with: ways.length ? ways : ['password' as const],
        });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/session',
      tag: TAG,
      summary: 'Sign out',
      description: 'Also when nobody is signed in.',
      access: 'anybody',
      answers: { 204: null },
      async run({ ctx }) {
        await deps.sessions.end(ctx);
        return reply(204);
      },
    }),
  ];
}
