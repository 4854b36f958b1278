/** A signed-in person adds a passkey: first the authenticator is asked for one, then its answer is checked and kept. */

import { randomBytes } from 'node:crypto';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server';
import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import { AppError } from '../../http/errors.js';
import { type Text, text, translatorFor } from '../../languages/texts.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import type { Method } from '../authentication.js';
import { forgetBrowsersOf } from '../factors/change-factors.js';
import type { FactorDeps, FactorOrigin } from '../factors/factor-deps.js';
import { findFactors } from '../factors/find-factors.js';
import { replaceRecoveryCodes } from '../factors/recovery-codes.js';
import type { Answer } from './answer.js';
import { type ChallengeUse, makeChallenge, takeChallenge } from './challenges.js';
import { methodsOf } from './check-passkey.js';
import { findAuthenticatorName } from './known-authenticators.js';
import { loadWebauthn } from './load-webauthn.js';
import { relyingPartyOf } from './relying-party.js';
import { getOrSetHandle, insertPasskey, listPasskeysOf, type Passkey } from './store.js';

export interface NewPasskeyAnswer {
  answer: Answer<RegistrationResponseJSON>;
  /** As the person calls it; '' for the name of what keeps it. */
  name: string;
  browser: string;
}

export type PasskeyAdded =
  | {
      ok: true;
      passkey: Passkey;
      /** Made with the first factor; none when there were some before. */
      recoveryCodes: string[];
      /** What was shown by making it, beside what the person has signed in with. */
      methods: Method[];
    }
  | { ok: false; error: Text };

// EdDSA, ES256 and RS256 as COSE numbers them (RFC 9053, RFC 8812). All three are in every Node.js; the library's own
// default depends on the version.
const ALGORITHMS = [-8, -7, -257];
const FIVE_MINUTES = 300_000;
/** WebAuthn 14.6.1 asks for 64 bytes at most, and for nothing that tells who it is. */
const HANDLE_BYTES = 32;
/** Browsers are sent the ids of all of them. */
const MOST_PASSKEYS = 20;

/** @throws AppError 409 when the account has as many passkeys as it may have */
export async function requireRoomForPasskey({ database }: FactorDeps, account: Account): Promise<void> {
  if ((await listPasskeysOf(database.knex, account.id)).length < MOST_PASSKEYS) return;
  throw new AppError(409, 'too_many_passkeys', text('passkeys.tooMany', { most: MOST_PASSKEYS }), {
    link: { href: '/account/security', text: text('accounts.pages.security') },
  });
}

function challengeUse(account: Account, browser: string): ChallengeUse {
  return { purpose: 'registration', accountId: account.id, browser };
}

/** What the browser passes to navigator.credentials.create. */
export async function offerRegistration(
  { config, database: { knex } }: FactorDeps,
  account: Account,
  browser: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const handle = await getOrSetHandle(knex, account.id, randomBytes(HANDLE_BYTES));
  const known = await listPasskeysOf(knex, account.id);
  const challenge = await makeChallenge(knex, challengeUse(account, browser), new Date());
  const { generateRegistrationOptions } = await loadWebauthn();
  return generateRegistrationOptions({
    rpName: config.brand.name,
    rpID: relyingPartyOf(config).id,
    userID: new Uint8Array(handle),
    userName: account.username,
    userDisplayName: [account.firstName, account.lastName].filter(Boolean).join(' '),
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: FIVE_MINUTES,
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports,
    })),
    // Preferred, not required: a plain security key is a good second step.
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

async function verify(
  config: Config,
  { response, challenge }: Answer<RegistrationResponseJSON>,
): Promise<VerifiedRegistrationResponse['registrationInfo']> {
  const { id, origin } = relyingPartyOf(config);
  const { verifyRegistrationResponse } = await loadWebauthn();
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    return registrationInfo;
  } catch {
    // Whatever the library finds wrong it throws, as plain errors and TypeErrors: the answer is not one of ours.
    return undefined;
  }
}

/** @throws AppError 409 when the account has as many passkeys as it may have */
export async function addPasskey(
  deps: FactorDeps,
  account: Account,
  { answer, name, browser }: NewPasskeyAnswer,
  { at, network, requestId, language }: FactorOrigin,
): Promise<PasskeyAdded> {
  const { knex } = deps.database;
  if (!(await takeChallenge(knex, answer.challenge, challengeUse(account, browser), at)))
    return { ok: false, error: text('passkeys.refused.late') };
  const registered = await verify(deps.config, answer);
  if (!registered) return { ok: false, error: text('passkeys.refused.add') };
  await requireRoomForPasskey(deps, account);

  const { credential, aaguid, credentialDeviceType, userVerified } = registered;
  const isSynced = credentialDeviceType === 'multiDevice';
  const methods = [...new Set<Method>([...methodsOf({ isSynced }, userVerified), 'mfa'])];
  return knex.transaction(async (transaction) => {
    const before = await findFactors(transaction, account.id);
    const passkey = await insertPasskey(transaction, {
      accountId: account.id,
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      transports: answer.response.response.transports ?? [],
      isDiscoverable: answer.response.clientExtensionResults.credProps?.rk !== false,
      isSynced,
      name: name || findAuthenticatorName(aaguid) || translatorFor(language).t('passkeys.one'),
      createdAt: at,
    });
    if (!passkey) return { ok: false, error: text('passkeys.refused.known') };
    const values = { name: passkey.name };
    const accountId = account.id;
    const event = { at, accountId, network, requestId, details: values };
    await recordEvent(transaction, { ...event, event: 'passkey.added' });
    await notify(deps.mails, transaction, { accountId, notice: 'passkeyAdded', values, network, language });
    await forgetBrowsersOf(transaction, accountId);
    const { factorKeys } = deps;
    if (before.recoveryCodes) return { ok: true, passkey, methods, recoveryCodes: [] };
    return {
      ok: true,
      passkey,
      methods,
      recoveryCodes: await replaceRecoveryCodes(transaction, factorKeys.codes, accountId, at),
    };
  });
}
