/** What comes after the right password or passkey where that is not enough to be signed in. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import type { AccountDeps } from '../accounts/account-deps.js';
import { findFactors, hasFactor, waysOf } from '../accounts/factors/find-factors.js';
import type { OpenSecondStep } from '../accounts/factors/second-step.js';
import { beginSecondStep } from '../accounts/factors/second-step-page.js';
import { offerSetup } from '../accounts/factors/totp.js';
import { type LeavingPerson, makeKeepToken } from '../accounts/leaving/keep-link.js';
import type { Database } from '../database/database.js';
import { wayField } from './shapes.js';

export const SECOND_STEP = '/api/account/session/second-step';

export const setupShape = z
  .strictObject({
    seed: z.string().meta({ description: 'For people who cannot scan, in base32.' }),
    uri: z.string().meta({ description: 'The otpauth: address that the QR code holds.' }),
    image: z.string().meta({ description: 'The QR code, as a data: address of an SVG.' }),
    sealed: z.string().meta({ description: 'To be sent back with the first code; good for half an hour.' }),
  })
  .meta({ id: 'AppSetup' });

export const secondStepShape = z
  .strictObject({
    step: z.literal('second_step'),
    ways: z.array(wayField),
    setup: setupShape.nullable().meta({
      description:
        'For somebody who must have a second factor and has none: to be set up first, as the way `setup`.',
    }),
  })
  .meta({ id: 'SecondStep' });

export const keepShape = z
  .strictObject({
    step: z.literal('keep_account'),
    token: z.string().meta({
      description: 'For POST /api/account/deletion/cancellation, within a quarter of an hour.',
    }),
    code_required: z.boolean().meta({
      description: 'Whether it takes a code of the authenticator app, or a recovery code, beside the token.',
    }),
  })
  .meta({
    id: 'KeepAccount',
    description: 'The person has asked to have the account deleted, and may keep it.',
  });

export const nextStepShape = z.discriminatedUnion('step', [secondStepShape, keepShape]);

export async function offerToKeep(
  { knex }: Database,
  leaving: LeavingPerson,
): Promise<z.input<typeof keepShape>> {
  const token = await makeKeepToken(knex, leaving);
  return { step: 'keep_account', token, code_required: leaving.lacksFactor };
}

export async function describeSecondStep(
  { config, factorKeys }: AccountDeps,
  { account, factors }: Pick<OpenSecondStep, 'account' | 'factors'>,
): Promise<z.input<typeof secondStepShape>> {
  const needsSetup = !hasFactor(factors);
  const setup = needsSetup ? await offerSetup(factorKeys.seeds, account, config.issuer, new Date()) : null;
  return { step: 'second_step', ways: waysOf(factors), setup };
}

/** Gives the browser what it needs for the second step; it is signed in by nothing less. */
export async function askSecondStep(deps: AccountDeps, ctx: Context, account: Account) {
  await beginSecondStep(deps, ctx, { account, methods: ['pwd'], path: SECOND_STEP });
  const factors = await findFactors(deps.database.knex, account.id);
  return describeSecondStep(deps, { account, factors });
}
