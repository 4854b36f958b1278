/** The applications a person has allowed something, and taking it back. */
import { z } from 'zod';
import { listAuthorizedApplications, revokeConsent } from '../authorization/consents.js';
import { notFound } from '../http/errors.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { translatorFor } from '../languages/texts.js';
import { describeScope } from '../scopes/scopes.js';
import type { AccountApiDeps } from './deps.js';

const applicationShape = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    scopes: z.array(
      z.strictObject({
        name: z.string(),
        sentence: z.string().meta({ description: 'What it allows, in the language of the reader.' }),
      }),
    ),
    allowed_at: z.iso.datetime(),
    last_sign_in_at: z.iso.datetime().nullable(),
    sign_ins: z.int().meta({ description: 'Sign-ins at the application that can still get tokens.' }),
  })
  .meta({ id: 'AllowedApplication' });

const listShape = z
  .strictObject({ applications: z.array(applicationShape) })
  .meta({ id: 'AllowedApplications' });

const TAG = 'Applications';

export function applicationOperations({ config, database }: AccountApiDeps): Operation[] {
  const list = (accountId: number) => listAuthorizedApplications(database.knex, accountId, new Date());

  return [
    operation({
      method: 'get',
      path: '/api/account/applications',
      tag: TAG,
      summary: 'The applications with access',
      access: 'signed-in',
      answers: { 200: listShape },
      async run({ ctx, account }) {
        const { say } = translatorFor(ctx.state.language);
        const applications = (await list(account.id)).map((each) => ({
          id: each.applicationId,
          name: each.name,
          scopes: each.scopes.map((name) => ({ name, sentence: say(describeScope(config.scopes, name)) })),
          allowed_at: each.allowedAt.toISOString(),
          last_sign_in_at: each.lastSignInAt?.toISOString() ?? null,
          sign_ins: each.signIns,
        }));
        return reply(200, { applications });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/applications/{id}',
      tag: TAG,
      summary: 'Take back what an application was allowed',
      description: 'Its tokens for this person end at once, on every process within a second.',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        const found = (await list(account.id)).find((each) => String(each.applicationId) === ctx.params.id);
        if (!found) throw notFound();
        const { network, requestId } = ctx.state;
        const change = { accountId: account.id, clientId: found.clientId, network, requestId };
        await revokeConsent(database.knex, { ...change, at: new Date() });
        return reply(204);
      },
    }),
  ];
}
