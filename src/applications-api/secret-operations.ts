/** The secrets of an application: added, looked at, retired. */
import { z } from 'zod';
import { addSecret } from '../applications/secrets/add-secret.js';
import { listSecrets } from '../applications/secrets/list-secrets.js';
import { retireSecret } from '../applications/secrets/retire-secret.js';
import { line } from '../http/form-input.js';
import { getId } from '../http/row-id.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { text } from '../languages/texts.js';
import { expiryAfter } from '../secrets/lifetimes.js';
import type { ApplicationsApiDeps } from './deps.js';
import { changeByToken, getTokensApplication, requireManaging } from './require-token.js';
import { secretShape, showSecret } from './shapes.js';

const TAG = 'Secrets';
const SECRETS = '/api/applications/{client_id}/secrets';
const MOST_DAYS = 3650;

const wish = z
  .strictObject({
    name: line({ label: text('accounts.fields.name'), max: 100 }),
    expires_in_days: z.int().min(1).max(MOST_DAYS).nullable().default(null),
  })
  .meta({ id: 'NewClientSecret' });

export function secretOperations({ database }: ApplicationsApiDeps): Operation[] {
  return [
    operation({
      method: 'get',
      path: SECRETS,
      tag: TAG,
      summary: 'The secrets that are accepted, oldest first',
      access: 'api-token',
      answers: { 200: z.strictObject({ secrets: z.array(secretShape) }).meta({ id: 'ClientSecrets' }) },
      async run({ ctx, account }) {
        requireManaging(ctx);
        const { id } = await getTokensApplication(database, ctx, account);
        return reply(200, { secrets: (await listSecrets(database.knex, id, new Date())).map(showSecret) });
      },
    }),

    operation({
      method: 'post',
      path: SECRETS,
      tag: TAG,
      summary: 'Add a secret',
      description: 'Those there are stay valid: retire the old one when nothing uses it any more.',
      access: 'api-token',
      body: wish,
      answers: { 201: z.strictObject({ client_secret: z.string() }).meta({ id: 'AddedClientSecret' }) },
      refusals: { 429: 'Too many secrets within the hour.' },
      async run({ ctx, account, body }) {
        requireManaging(ctx);
        const { id } = await getTokensApplication(database, ctx, account);
        const change = changeByToken(ctx, account);
        const expiresAt = expiryAfter(body.expires_in_days, change.at);
        const secret = await addSecret(database.knex, id, { name: body.name, expiresAt, ...change });
        return reply(201, { client_secret: secret });
      },
    }),

    operation({
      method: 'delete',
      path: `${SECRETS}/{id}`,
      tag: TAG,
      summary: 'Retire a secret',
      description: 'The last one stays (422).',
      access: 'api-token',
      answers: { 204: null },
      refusals: { 422: 'It is the last secret.' },
      async run({ ctx, account }) {
        requireManaging(ctx);
        const { id } = await getTokensApplication(database, ctx, account);
        await retireSecret(database.knex, id, getId(ctx.params.id), changeByToken(ctx, account));
        return reply(204);
      },
    }),
  ];
}
