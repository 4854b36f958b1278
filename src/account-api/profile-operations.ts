/** What is known about a person, as they see and change it themselves. */
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import { editProfile } from '../accounts/edit-profile.js';
import { listGroupsOf } from '../accounts/groups.js';
import { PROFILE_FIELDS, type Profile, profileOf, profileSchema } from '../accounts/profile-form.js';
import { requireAccount } from '../accounts/require-account.js';
import { AppError, OAuthError } from '../http/errors.js';
import { parseForm } from '../http/form-input.js';
import { hasToken, type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { personOfToken } from '../profile-api/person-of-token.js';
import type { AccountApiDeps } from './deps.js';
import { personOf, personShape, word } from './shapes.js';

type Claim = Exclude<keyof Profile, keyof z.infer<typeof personShape>>;
const CLAIMS = PROFILE_FIELDS.filter((field): field is Claim => !(field in personShape.shape));

const fieldsAs = <Name extends string, Field extends z.ZodType>(names: Name[], field: Field) =>
  Object.fromEntries(names.map((name) => [name, field])) as Record<Name, Field>;

const profileShape = personShape
  .partial({ groups: true })
  .extend({
    email_verified: z.boolean().optional(),
    created_at: z.iso.datetime().optional(),
    ...fieldsAs(CLAIMS, z.string().optional()),
  })
  .meta({
    id: 'Profile',
    description:
      'The person sees all of it, with "" for what is not told. A token sees what /profile tells it: who somebody ' +
      'is, and the groups with the scope `groups`.',
  });

type ProfileAnswer = z.input<typeof profileShape>;

const profileBody = z.strictObject(fieldsAs(PROFILE_FIELDS, word.optional()));

/** The refusals of RFC 6750 in the words of this API, with the same challenge. */
async function withTokenRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new AppError(error.status, error.error, error.message, { headers: error.headers });
  }
}

export function profileOperations(deps: AccountApiDeps): Operation[] {
  const { database } = deps;
  const groupsOf = (id: number) => listGroupsOf(database.knex, id);

  async function ownProfile(account: Account): Promise<ProfileAnswer> {
    const told = profileOf(account);
    return {
      ...personOf(account, await groupsOf(account.id)),
      email_verified: account.emailVerifiedAt !== null,
      created_at: account.createdAt.toISOString(),
      ...Object.fromEntries(CLAIMS.map((claim) => [claim, told[claim] ?? ''])),
    };
  }

  return [
    operation({
      method: 'get',
      path: '/api/account/profile',
      tag: 'Profile',
      summary: 'What is known about the person',
      description:
        "The only operation that takes an access token, of an application or of the person's own, with the scope `read`.",
      access: 'token-too',
      answers: { 200: profileShape },
      refusals: { 403: 'The access token has no scope `read`, or no person behind it.' },
      async run({ ctx }) {
        const body = hasToken(ctx)
          ? await withTokenRefused(() => personOfToken(deps, ctx))
          : await ownProfile(requireAccount(ctx));
        return reply(200, body);
      },
    }),

    operation({
      method: 'patch',
      path: '/api/account/profile',
      tag: 'Profile',
      summary: 'Change what is known about the person',
      description: 'A field that is not sent stays as it is; "" takes back what was told.',
      access: 'signed-in',
      body: profileBody,
      answers: { 200: profileShape },
      async run({ ctx, account, body }) {
        const form = parseForm(profileSchema, { ...profileOf(account), ...body });
        if (!form.ok) throw invalidFields(form.errors);
        const { network, requestId } = ctx.state;
        const result = await editProfile(database, account, form.value, { network, requestId });
        if (!result.ok) throw invalidFields(result.errors);
        return reply(200, await ownProfile(result.account));
      },
    }),
  ];
}
