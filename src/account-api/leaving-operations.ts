/** Taking along what is held about one, and leaving. */
import type { Context } from 'koa';
import { z } from 'zod';
import { describeFailure, originOf } from '../accounts/factors/second-step-page.js';
import { askToDelete } from '../accounts/leaving/delete-account.js';
import { exportData } from '../accounts/leaving/export-data.js';
import { useKeepLink } from '../accounts/leaving/keep-link.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import type { AccountApiDeps } from './deps.js';
import { signInFailed } from './refusals.js';
import { word } from './shapes.js';

const exportShape = z
  .looseObject({})
  .meta({ id: 'Export', description: 'Names, times and places, and no secret; times are ISO 8601 in UTC.' });

const deletionShape = z
  .strictObject({
    removed_at: z.iso.datetime().nullable().meta({
      description: 'When the account is removed for good; null when that is done.',
    }),
  })
  .meta({ id: 'Deletion' });

const TAG = 'Leaving';

export function leavingOperations(deps: AccountApiDeps): Operation[] {
  const { config, database } = deps;
  const from = ({ state: { network, requestId } }: Context) => ({ network, requestId });

  return [
    operation({
      method: 'post',
      path: '/api/account/export',
      tag: TAG,
      summary: 'Everything held about the person',
      access: 'recently-signed-in',
      answers: { 200: exportShape },
      async run({ ctx, account }) {
        return reply(200, await exportData(database.knex, account, config.issuer, from(ctx)));
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/deletion',
      tag: TAG,
      summary: 'Have the account deleted',
      description:
        'It is disabled at once, which ends every session and token. Whoever signs in before it is removed is asked ' +
        'whether to keep it.',
      access: 'recently-signed-in',
      answers: { 200: deletionShape },
      refusals: { 409: 'The person looks after applications, or is the last superuser.' },
      async run({ ctx, account }) {
        const { language } = ctx.state;
        const dueAt = await askToDelete(deps, account, { ...from(ctx), language });
        return reply(200, { removed_at: dueAt?.toISOString() ?? null });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/deletion/cancellation',
      tag: TAG,
      summary: 'Keep the account after all',
      description: 'With the token that a sign-in has answered. It signs nobody in.',
      access: 'anybody',
      body: z.strictObject({ token: word, code: word.optional() }),
      answers: { 204: null },
      refusals: {
        410: 'The token was used, has expired, or was never given.',
        429: 'There were too many wrong codes.',
      },
      async run({ ctx, body: { token, code = '' } }) {
        const result = await useKeepLink(deps, { token, code }, originOf(ctx, new Date()));
        if (result.outcome === 'kept') return reply(204);
        const { error, status } = describeFailure(ctx, result, result.way);
        throw status === 429 ? signInFailed({ error, status }) : invalidFields({ code: error });
      },
    }),
  ];
}
