/** A new password for somebody who has forgotten theirs, by the code of a mail. */
import { z } from 'zod';
import { askForReset, exchangeResetCode } from '../accounts/recovery/ask-for-reset.js';
import { resetPassword } from '../accounts/recovery/reset-password.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { word } from './shapes.js';

const name = word.meta({ description: 'The username or the email address.' });

const tokenShape = z
  .strictObject({ token: z.string().meta({ description: 'Good for one new password.' }) })
  .meta({ id: 'ResetToken' });

const TAG = 'Password';
const MAIL_OFF = 'The server sends no mail.';
const TOO_MANY = 'Too many from this network; Retry-After says how long to wait.';

export function recoveryOperations(deps: AccountApiDeps): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/api/account/password-reset',
      tag: TAG,
      summary: 'Have a code mailed for a new password',
      description:
        'The answer is the same whether or not there is such an account. The mail holds a link to the page of the ' +
        'server as well.',
      access: 'anybody',
      body: z.strictObject({ name }),
      answers: { 204: null },
      refusals: { 404: MAIL_OFF, 429: TOO_MANY },
      async run({ ctx, body }) {
        const typed = body.name.trim();
        if (!typed) throw invalidFields({ name: text('recovery.nameMissing') });
        const { network, requestId, language } = ctx.state;
        await askForReset(deps, { name: typed, next: undefined, network, requestId, language });
        return reply(204);
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/password-reset/code',
      tag: TAG,
      summary: 'Exchange the code of the mail for a token',
      access: 'anybody',
      body: z.strictObject({ name, code: word }),
      answers: { 200: tokenShape },
      refusals: { 404: MAIL_OFF, 429: TOO_MANY },
      async run({ ctx, body }) {
        const token = await exchangeResetCode(deps, body, ctx.state.network);
        if (!token) throw invalidFields({ code: text('recovery.wrongCode') });
        return reply(200, { token });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/password-reset/password',
      tag: TAG,
      summary: 'Set the new password',
      description: 'Ends every session and takes every application its tokens. It signs nobody in.',
      access: 'anybody',
      body: z.strictObject({ token: word, new_password: word.meta({ format: 'password' }) }),
      answers: { 204: null },
      refusals: { 410: 'The token was used, has expired, or was never given.' },
      async run({ ctx, body: { token, new_password: password } }) {
        const { network, requestId, language } = ctx.state;
        const result = await resetPassword(deps, { token, password, network, requestId, language });
        if (!result.ok) throw invalidFields(result.errors);
        deps.knownBrowsers.remember(ctx, result.account);
        return reply(204);
      },
    }),
  ];
}
