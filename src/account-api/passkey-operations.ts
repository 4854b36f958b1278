/**
 * Passkeys: adding, naming and removing them, and signing in with one. Each ceremony is two requests: the first answers
 * what the browser is to ask the authenticator for, the second takes what that has answered.
 */
import { z } from 'zod';
import { originOf } from '../accounts/factors/second-step-page.js';
import { addPasskey, offerRegistration, requireRoomForPasskey } from '../accounts/passkeys/add-passkey.js';
import { readRegistration } from '../accounts/passkeys/answer.js';
import { browserOf } from '../accounts/passkeys/browser-of.js';
import { askForPasskey } from '../accounts/passkeys/check-passkey.js';
import { getOwnPasskey } from '../accounts/passkeys/get-own-passkey.js';
import { describePasskeyFailure } from '../accounts/passkeys/passkey-failure.js';
import { passkeyName, renameForm } from '../accounts/passkeys/passkey-name.js';
import { removePasskey } from '../accounts/passkeys/remove-passkey.js';
import { signInWithPasskey } from '../accounts/passkeys/sign-in-with-passkey.js';
import { listPasskeysOf, type Passkey, renamePasskey } from '../accounts/passkeys/store.js';
import { signInHere } from '../accounts/sign-in-here.js';
import { AppError } from '../http/errors.js';
import { parseForm } from '../http/form-input.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import { invalidFields } from '../json-api/refusals.js';
import { text } from '../languages/texts.js';
import type { AccountApiDeps } from './deps.js';
import { keepShape, offerToKeep } from './next-step.js';
import { credentialShape, optionsShape } from './passkey-shapes.js';
import { signInFailed } from './refusals.js';
import { nextField, signedInAs, signedInShape, word } from './shapes.js';

const passkeyShape = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    is_synced: z.boolean().meta({ description: "Whether its owner's other devices have it as well." }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' });

const addedShape = passkeyShape
  .extend({
    recovery_codes: z.array(z.string()).meta({ description: 'Made with a first factor; never shown again.' }),
  })
  .meta({ id: 'PasskeyAdded' });

const listShape = z.strictObject({ passkeys: z.array(passkeyShape) }).meta({ id: 'Passkeys' });

function show({ id, name, isSynced, createdAt, lastUsedAt }: Passkey): z.input<typeof passkeyShape> {
  return {
    id,
    name,
    is_synced: isSynced,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

export function passkeySignInOperations(deps: AccountApiDeps): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/api/account/session/passkey-options',
      tag: 'Signing in',
      summary: 'What to ask for a passkey',
      description: 'For navigator.credentials.get(), also as autofill; nobody has to say who they are.',
      access: 'anybody',
      answers: { 200: optionsShape },
      async run({ ctx }) {
        const options = await askForPasskey(deps, { purpose: 'sign-in', browser: browserOf(ctx) });
        return reply(200, { ...options });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/session/passkey',
      tag: 'Signing in',
      summary: 'Sign in with a passkey',
      access: 'anybody',
      body: z.strictObject({ credential: credentialShape, next: nextField }),
      answers: { 200: signedInShape, 202: keepShape },
      refusals: {
        401: 'This passkey signs nobody in.',
        429: 'Too many failed attempts from this network; Retry-After says how long to wait.',
      },
      async run({ ctx, body }) {
        const { network, requestId } = ctx.state;
        const response = JSON.stringify(body.credential);
        const attempt = { response, browser: browserOf(ctx), network, requestId };
        const result = await signInWithPasskey(deps, attempt);
        if (result.outcome === 'wrong' && result.leaving)
          return reply(202, await offerToKeep(deps.database, result.leaving));
        if (result.outcome !== 'ok') throw signInFailed(describePasskeyFailure(ctx, result));
        await signInHere(deps, ctx, result.account, result.methods);
        return reply(200, await signedInAs(deps.database, result.account, body.next));
      },
    }),
  ];
}

const TAG = 'Passkeys';

export function passkeyOperations(deps: AccountApiDeps): Operation[] {
  const { knex } = deps.database;

  return [
    operation({
      method: 'get',
      path: '/api/account/passkeys',
      tag: TAG,
      summary: "The person's passkeys",
      access: 'signed-in',
      answers: { 200: listShape },
      run: async ({ account }) =>
        reply(200, { passkeys: (await listPasskeysOf(knex, account.id)).map(show) }),
    }),

    operation({
      method: 'post',
      path: '/api/account/passkey-options',
      tag: TAG,
      summary: 'What to ask for a new passkey',
      description: 'For navigator.credentials.create().',
      access: 'recently-signed-in',
      answers: { 200: optionsShape },
      refusals: { 409: 'The person has as many passkeys as they may have.' },
      async run({ ctx, account }) {
        await requireRoomForPasskey(deps, account);
        return reply(200, { ...(await offerRegistration(deps, account, browserOf(ctx))) });
      },
    }),

    operation({
      method: 'post',
      path: '/api/account/passkeys',
      tag: TAG,
      summary: 'Add a passkey',
      access: 'recently-signed-in',
      body: z.strictObject({ credential: credentialShape, name: word.optional() }),
      answers: { 201: addedShape },
      refusals: { 409: 'The person has as many passkeys as they may have.' },
      async run({ ctx, account, body }) {
        const form = parseForm(z.object({ name: passkeyName(false) }), { name: body.name });
        if (!form.ok) throw invalidFields(form.errors);
        const answer = readRegistration(JSON.stringify(body.credential));
        if (!answer) throw invalidFields({ credential: text('passkeys.refused.add') });
        const given = { answer, ...form.value, browser: browserOf(ctx) };
        const result = await addPasskey(deps, account, given, originOf(ctx, new Date()));
        if (!result.ok) throw invalidFields({ credential: result.error });
        await deps.sessions.renew(ctx, account.id, result.methods);
        return reply(201, { ...show(result.passkey), recovery_codes: result.recoveryCodes });
      },
    }),

    operation({
      method: 'patch',
      path: '/api/account/passkeys/{id}',
      tag: TAG,
      summary: 'Rename a passkey',
      access: 'signed-in',
      body: z.strictObject({ name: word }),
      answers: { 200: passkeyShape },
      async run({ ctx, account, body }) {
        const passkey = await getOwnPasskey(knex, account.id, ctx.params.id);
        const form = parseForm(renameForm, body);
        if (!form.ok) throw invalidFields(form.errors);
        await renamePasskey(knex, passkey.id, form.value.name);
        return reply(200, show({ ...passkey, ...form.value }));
      },
    }),

    operation({
      method: 'delete',
      path: '/api/account/passkeys/{id}',
      tag: TAG,
      summary: 'Remove a passkey',
      description: 'The recovery codes go with the last factor.',
      access: 'recently-signed-in',
      answers: { 204: null },
      refusals: { 409: 'A group of the person requires a second factor, and it is the last.' },
      async run({ ctx, account }) {
        const passkey = await getOwnPasskey(knex, account.id, ctx.params.id);
        const result = await removePasskey(deps, account, passkey, originOf(ctx, new Date()));
        if (result === 'required') throw new AppError(409, 'factor_required', text('passkeys.required'));
        return reply(204);
      },
    }),
  ];
}
