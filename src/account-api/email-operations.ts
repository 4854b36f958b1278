/** The email address: confirming it, and changing it. The link of a mail leads to the server's own page; its code is for here. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import { cancelEmailChange, changeEmail } from '../accounts/email-addresses/change-email.js';
import { confirmEmailByCode } from '../accounts/email-addresses/confirm-email.js';
import { countConfirmation, sendConfirmation } from '../accounts/email-addresses/send-confirmation.js';
import { findEmailChange } from '../accounts/email-addresses/store.js';
import { findAccount } from '../accounts/find-account.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { word } from './shapes.js';

const addressShape = z
  .strictObject({
    email: z.string(),
    is_verified: z.boolean(),
    verification: z.enum(['required', 'optional', 'off']).meta({
      description: 'What the server asks for. required: until then little else is open.',
    }),
    change: z
      .strictObject({
        email: z.string(),
        is_confirmed_by_new: z.boolean(),
        is_confirmed_by_old: z.boolean(),
      })
      .nullable()
      .meta({ description: 'An address that is to take its place once the mails are confirmed.' }),
  })
  .meta({ id: 'EmailAddress' });

const confirmedShape = z
  .strictObject({
    outcome: z.enum(['verified', 'changed', 'half']).meta({
      description: 'half: of a change, the mail to the other address is still to be confirmed.',
    }),
  })
  .meta({ id: 'EmailConfirmed' });

const TAG = 'Email address';
const TOO_MANY = 'Too many mails; Retry-After says how long to wait.';

export function emailOperations(deps: AccountApiDeps): Operation[] {
  const { config, database } = deps;
  const { emailVerification } = config;
  const from = ({ state: { network, requestId, language } }: Context) => ({ network, requestId, language });

  async function describe({ id, email, emailVerifiedAt }: Account): Promise<z.input<typeof addressShape>> {
    const change = await findEmailChange(database.knex, id, new Date());
    return {
      email,
      is_verified: emailVerifiedAt !== null,
      verification: emailVerification,
      change: change
        ? {
            email: change.email,
            is_confirmed_by_new: change.confirmedByNewAt !== null,
            is_confirmed_by_old: change.confirmedByOldAt !== null,
          }
        : null,
    };
  }

  return [
    operation({
      method: 'get',
      path: '/api/account/email',
      tag: TAG,
      summary: 'The address, and what it is to become',
      access: 'signed-in',
      isForUnverified: true,
      answers: { 200: addressShape },
      run: async ({ account }) => reply(200, await describe(account)),
    }),

    operation({
      method: 'post',
      path: '/api/account/email',
      tag: TAG,
      summary: 'Ask for another address',
      description:
        'Mails with codes go to the new address, and to the old one where it was verified; both have to be confirmed. ' +
        'Where addresses are not verified it is changed at once.',
      access: 'recently-signed-in',
      isForUnverified: true,
      body: z.strictObject({ email: word }),
      answers: { 200: addressShape },
      refusals: { 429: TOO_MANY },
      async run({ ctx, account, body }) {
        const result = await changeEmail(deps, account, body.email, from(ctx));
        if (result.outcome === 'refused') throw invalidFields(result.errors);
        return reply(200, await describe((await findAccount(database.knex, account.id)) ?? account));
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/email/change',
      tag: TAG,
      summary: 'Keep the address after all',
      description: 'Also when no change was asked for.',
      access: 'signed-in',
      isForUnverified: true,
      answers: { 204: null },
      async run({ ctx, account }) {
        await cancelEmailChange(deps, account, from(ctx));
        return reply(204);
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/email/mail',
      tag: TAG,
      summary: 'Send one more mail that confirms the address',
      description: 'Nothing is sent for one that is confirmed, or where addresses are not verified.',
      access: 'signed-in',
      isForUnverified: true,
      answers: { 204: null },
      refusals: { 429: TOO_MANY },
      async run({ ctx, account }) {
        const { email: to, emailVerifiedAt } = account;
        if (emailVerification === 'off' || emailVerifiedAt || !to) return reply(204);
        await countConfirmation(database, account.id, to);
        const mail = { account, purpose: 'email verification', to, language: ctx.state.language } as const;
        await database.knex.transaction((transaction) => sendConfirmation(deps, transaction, mail));
        return reply(204);
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/email/code',
      tag: TAG,
      summary: 'Confirm by the code of a mail',
      description: 'Of a first address, and of both mails of a change.',
      access: 'signed-in',
      isForUnverified: true,
      body: z.strictObject({ code: word }),
      answers: { 200: confirmedShape },
      async run({ ctx, account, body }) {
        const confirmed = await confirmEmailByCode(deps, account, body.code.replace(/\D/g, ''), from(ctx));
        if (!confirmed) throw invalidFields({ code: text('recovery.wrongCode') });
        return reply(200, { outcome: confirmed.outcome });
      },
    }),
  ];
}
