/** Second factors: an authenticator app, recovery codes, and the browsers that are not asked for them. */
import { z } from 'zod';
import {
  addAuthenticatorApp,
  removeAuthenticatorApp,
  renewRecoveryCodes,
} from '../accounts/factors/change-factors.js';
import { describeFactors } from '../accounts/factors/factor-pages.js';
import { findFactors, hasFactor } from '../accounts/factors/find-factors.js';
import { forgetBrowsers } from '../accounts/factors/forget-browsers.js';
import { originOf } from '../accounts/factors/second-step-page.js';
import { offerSetup, openSetup } from '../accounts/factors/totp.js';
import { AppError, notFound } from '../http/errors.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text, translatorFor } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { setupShape } from './next-step.js';
import { word } from './shapes.js';
import { noFactorYet } from './wrong-requests.js';

const rememberedShape = z
  .strictObject({
    id: z.int(),
    device: z.string(),
    network: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'RememberedBrowser' });

const factorsShape = z
  .strictObject({
    app_since: z.iso.datetime().nullable().meta({ description: 'null: there is no authenticator app.' }),
    recovery_codes: z.int().meta({ description: 'How many are left.' }),
    is_required: z.boolean().meta({ description: 'Whether a group of the person requires a second factor.' }),
    remembered_browsers: z.array(rememberedShape),
  })
  .meta({ id: 'Factors' });

const codesShape = z
  .strictObject({
    recovery_codes: z.array(z.string()).meta({ description: 'Nobody is ever shown them again.' }),
  })
  .meta({ id: 'RecoveryCodes' });

const TAG = 'Second factors';

export function factorOperations(deps: AccountApiDeps): Operation[] {
  const { config, database, factorKeys, sessions } = deps;

  return [
    operation({
      method: 'get',
      path: '/api/account/factors',
      tag: TAG,
      summary: 'The second factors, and browsers that are not asked for them',
      access: 'signed-in',
      answers: { 200: factorsShape },
      async run({ ctx, account }) {
        const { say } = translatorFor(ctx.state.language);
        const { factors, browsers } = await describeFactors(deps, account.id);
        const remembered = browsers.map(({ id, device, network, createdAt, lastUsedAt, expiresAt }) => ({
          id,
          device: say(device),
          network,
          created_at: createdAt.toISOString(),
          last_used_at: lastUsedAt.toISOString(),
          expires_at: expiresAt.toISOString(),
        }));
        return reply(200, {
          app_since: factors.appSince?.toISOString() ?? null,
          recovery_codes: factors.recoveryCodes,
          is_required: factors.isRequired,
          remembered_browsers: remembered,
        });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/factors/app/setup',
      tag: TAG,
      summary: 'Begin to set up an authenticator app',
      description: 'Nothing is kept before the app has shown a right code.',
      access: 'recently-signed-in',
      answers: { 200: setupShape },
      async run({ account }) {
        return reply(200, await offerSetup(factorKeys.seeds, account, config.issuer, new Date()));
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/factors/app',
      tag: TAG,
      summary: 'Keep an authenticator app that shows a right code',
      description: 'With the first factor ten recovery codes are made.',
      access: 'recently-signed-in',
      body: z.strictObject({ sealed: word, code: word }),
      answers: { 201: codesShape },
      refusals: { 409: 'There is an authenticator app already.' },
      async run({ ctx, account, body: { sealed, code } }) {
        const at = new Date();
        const seed = openSetup(factorKeys.seeds, sealed, account, at);
        if (!seed) throw invalidFields({ sealed: text('forms.notAccepted') });
        const result = await addAuthenticatorApp(deps, account.id, { seed, code }, originOf(ctx, at));
        if (result.outcome === 'wrong') throw invalidFields({ code: text('factors.setUp.wrong') });
        if (result.outcome === 'exists') throw new AppError(409, 'app_exists', text('factors.setUp.exists'));
        await sessions.renew(ctx, account.id, ['otp', 'mfa']);
        return reply(201, { recovery_codes: result.recoveryCodes });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/factors/app',
      tag: TAG,
      summary: 'Remove the authenticator app',
      description: 'Also when there is none. The recovery codes go with the last factor.',
      access: 'recently-signed-in',
      answers: { 204: null },
      refusals: { 409: 'A group of the person requires a second factor.' },
      async run({ ctx, account }) {
        const result = await removeAuthenticatorApp(deps, account.id, originOf(ctx, new Date()));
        if (result === 'required')
          throw new AppError(409, 'factor_required', text('factors.remove.required'));
        return reply(204);
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/factors/recovery-codes',
      tag: TAG,
      summary: 'Make new recovery codes',
      description: 'Ends those of before.',
      access: 'recently-signed-in',
      answers: { 201: codesShape },
      refusals: { 409: 'There is no second factor that they could stand in for.' },
      async run({ ctx, account }) {
        if (!hasFactor(await findFactors(database.knex, account.id))) throw noFactorYet();
        const codes = await renewRecoveryCodes(deps, account.id, originOf(ctx, new Date()));
        return reply(201, { recovery_codes: codes });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/remembered-browsers',
      tag: TAG,
      summary: 'Ask for the second step in every browser again',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        const { network, requestId } = ctx.state;
        await forgetBrowsers(database, { accountId: account.id, which: undefined, network, requestId });
        return reply(204);
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/remembered-browsers/{id}',
      tag: TAG,
      summary: 'Ask for the second step in one browser again',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        const { network, requestId } = ctx.state;
        const which = /^\d{1,15}$/.test(ctx.params.id ?? '') ? Number(ctx.params.id) : 0;
        const by = { accountId: account.id, which, network, requestId };
        if (!(await forgetBrowsers(database, by))) throw notFound();
        return reply(204);
      },
    }),
  ];
}
