/** Access tokens that a person makes for programs of their own. */
import { z } from 'zod';
import { makePersonalToken, revokePersonalToken } from '../accounts/personal-tokens/change-tokens.js';
import { listPersonalTokensOf } from '../accounts/personal-tokens/store.js';
import { tokenForm } from '../accounts/personal-tokens/token-form.js';
import { shortAddress } from '../accounts/short-address.js';
import { notFound } from '../http/errors.js';
import { parseForm } from '../http/form-input.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import type { AccountApiDeps } from './deps.js';
import { word } from './shapes.js';

const tokenShape = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    hint: z.string().meta({ description: 'The last four characters of the token.' }),
    scopes: z.array(z.string()),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable().meta({ description: 'null: until it is revoked.' }),
    last_used_at: z.iso.datetime().nullable().meta({ description: 'To the hour.' }),
    last_network: z.string(),
  })
  .meta({ id: 'PersonalToken' });

const listShape = z.strictObject({ tokens: z.array(tokenShape) }).meta({ id: 'PersonalTokens' });

const madeShape = z
  .strictObject({
    name: z.string(),
    value: z.string().meta({ description: 'The token. Nobody is ever shown it again.' }),
  })
  .meta({ id: 'NewPersonalToken' });

const makeBody = z.strictObject({
  name: word,
  scopes: z.array(z.string()),
  days: z
    .literal([7, 30, 90, 365])
    .nullable()
    .optional()
    .meta({ description: 'How long it lives, 90 when it is not said; null until it is revoked.' }),
});

const TAG = 'Personal tokens';

export function tokenOperations(deps: AccountApiDeps): Operation[] {
  const { config, database } = deps;
  const form = tokenForm(config.scopes);

  return [
    operation({
      method: 'get',
      path: '/api/account/tokens',
      tag: TAG,
      summary: 'The tokens that have not expired',
      access: 'signed-in',
      answers: { 200: listShape },
      async run({ account }) {
        const found = await listPersonalTokensOf(database.knex, account.id, new Date());
        const tokens = found.map(({ id, name, hint, scopes, createdAt, expiresAt, ...last }) => ({
          id,
          name,
          hint,
          scopes,
          created_at: createdAt.toISOString(),
          expires_at: expiresAt?.toISOString() ?? null,
          last_used_at: last.lastUsedAt?.toISOString() ?? null,
          last_network: shortAddress(last.lastNetwork),
        }));
        return reply(200, { tokens });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/tokens',
      tag: TAG,
      summary: 'Make a token',
      access: 'recently-signed-in',
      body: makeBody,
      answers: { 201: madeShape },
      async run({ ctx, account, body: { days, ...others } }) {
        const typed = days === undefined ? others : { ...others, days: String(days ?? '') };
        const wish = parseForm(form, typed);
        if (!wish.ok) throw invalidFields(wish.errors);
        const { network, requestId, language } = ctx.state;
        const result = await makePersonalToken(deps, account.id, wish.value, {
          network,
          requestId,
          language,
        });
        if (!result.ok) throw invalidFields(result.errors);
        return reply(201, { name: wish.value.name, value: result.value });
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/tokens/{id}',
      tag: TAG,
      summary: 'Revoke a token',
      access: 'signed-in',
      answers: { 204: null },
      async run({ ctx, account }) {
        const { network, requestId } = ctx.state;
        const id = /^\d{1,15}$/.test(ctx.params.id ?? '') ? Number(ctx.params.id) : 0;
        if (!(await revokePersonalToken(database, account.id, id, { network, requestId }))) throw notFound();
        return reply(204);
      },
    }),
  ];
}
