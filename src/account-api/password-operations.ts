/** The password: changing it. */
import { z } from 'zod';
import { changePassword } from '../accounts/change-password.js';
import type { Db } from '../database/database.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import type { AccountApiDeps } from './deps.js';
import { tooManyWrongPasswords } from './refusals.js';
import { word } from './shapes.js';

const password = word.meta({ format: 'password' });
const changeBody = z.strictObject({ current_password: password, new_password: password });

export function passwordOperations(deps: AccountApiDeps): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/api/account/password',
      tag: 'Password',
      summary: 'Change the password',
      description: 'Ends every other session of the person; applications keep what they were allowed.',
      access: 'signed-in',
      body: changeBody,
      answers: { 204: null },
      refusals: { 429: 'Too many wrong passwords; Retry-After says how long to wait.' },
      async run({ ctx, account, body }) {
        const { network, requestId, language } = ctx.state;
        const endOtherSessions = (transaction: Db) => deps.sessions.endOthers(transaction, ctx, account.id);
        const { current_password: current, new_password: next } = body;
        const change = { current, next, network, requestId, language };
        const result = await changePassword({ ...deps, endOtherSessions }, account, change);
        if (result.outcome === 'refused') throw invalidFields(result.errors);
        if (result.outcome === 'throttled') throw tooManyWrongPasswords(result.retryAfter);
        deps.knownBrowsers.remember(ctx, result.account);
        return reply(204);
      },
    }),
  ];
}
