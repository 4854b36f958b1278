/** Checks what a passkey has signed, for a sign-in and for a second step alike. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
  VerifiedAuthenticationResponse,
} from '@simplewebauthn/server';
import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import type { Method } from '../authentication.js';
import type { Answer } from './answer.js';
import { type ChallengeUse, makeChallenge, takeChallenge } from './challenges.js';
import { loadWebauthn } from './load-webauthn.js';
import { relyingPartyOf } from './relying-party.js';
import { findPasskeyByCredential, findPasskeyOf, listPasskeysOf, type Passkey, recordUse } from './store.js';

export interface PasskeyDeps {
  config: Config;
  database: Database;
  mails: Mails;
}

export interface PasskeyAnswer {
  answer: Answer<AuthenticationResponseJSON>;
  /** What the challenge was made for. */
  use: ChallengeUse;
  at: Date;
  /** The client's address. */
  network: string;
  requestId: string;
}

export type PasskeyCheck =
  | { outcome: 'right'; accountId: number; methods: Method[] }
  /** The account is that of the passkey; the reason is for the operator. */
  | { outcome: 'wrong'; accountId?: number; reason: string };

const FIVE_MINUTES = 300_000;

/** What the browser passes to navigator.credentials.get. */
export async function askForPasskey(
  { config, database: { knex } }: Pick<PasskeyDeps, 'config' | 'database'>,
  use: ChallengeUse,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const own = use.accountId === undefined ? [] : await listPasskeysOf(knex, use.accountId);
  const challenge = await makeChallenge(knex, use, new Date());
  const { generateAuthenticationOptions } = await loadWebauthn();
  return generateAuthenticationOptions({
    rpID: relyingPartyOf(config).id,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: FIVE_MINUTES,
    allowCredentials: own.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports,
    })),
    userVerification: needsVerification(use) ? 'required' : 'preferred',
  });
}

/** In the place of a password a passkey has to be two factors: the device, and who holds it. */
function needsVerification({ purpose }: ChallengeUse): boolean {
  return purpose === 'sign-in';
}

async function verify(
  config: Config,
  { response, challenge }: Answer<AuthenticationResponseJSON>,
  { credentialId, publicKey }: Passkey,
  requireUserVerification: boolean,
): Promise<VerifiedAuthenticationResponse['authenticationInfo'] | undefined> {
  const { id, origin } = relyingPartyOf(config);
  // The library compares counters before it has checked the signature, when anybody may have written the new one. It is
  // told 0, which is behind every counter, and ours are compared by recordUse.
  const credential = {
    id: credentialId.toString('base64url'),
    publicKey: new Uint8Array(publicKey),
    counter: 0,
  };
  const { verifyAuthenticationResponse } = await loadWebauthn();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      credential,
      requireUserVerification,
    });
    return verified ? authenticationInfo : undefined;
  } catch {
    // Whatever the library finds wrong it throws, as plain errors and TypeErrors: the answer is not one of ours.
    return undefined;
  }
}

/** Whoever has the passkey has to be told: a key that is in two places was copied. */
async function reportCopy(deps: PasskeyDeps, passkey: Passkey, answer: PasskeyAnswer): Promise<void> {
  const { accountId } = passkey;
  const { at, network, requestId } = answer;
  const values = { name: passkey.name };
  await deps.database.knex.transaction(async (transaction) => {
    const event = { at, accountId, network, requestId, details: values };
    await recordEvent(transaction, { ...event, event: 'passkey.copied' });
    await notify(deps.mails, transaction, { accountId, notice: 'passkeyCopied', values, network });
  });
}

/** Of RFC 8176. One that is synced is no hardware of its owner's; a presence test is part of every signature. */
export function methodsOf({ isSynced }: Pick<Passkey, 'isSynced'>, isVerified: boolean): Method[] {
  return [isSynced ? 'swk' : 'hwk', 'user', ...(isVerified ? (['mfa'] as const) : [])];
}

/** The challenge is used up whatever comes of it. */
export async function checkPasskey(deps: PasskeyDeps, given: PasskeyAnswer): Promise<PasskeyCheck> {
  const { answer, use, at } = given;
  const { knex } = deps.database;
  if (!(await takeChallenge(knex, answer.challenge, use, at)))
    return { outcome: 'wrong', reason: 'passkey_challenge' };

  const { id, response } = answer.response;
  const passkey = await findPasskeyByCredential(knex, Buffer.from(id, 'base64url'));
  if (!passkey) return { outcome: 'wrong', reason: 'unknown_passkey' };
  const { accountId } = passkey;
  const wrong = (reason: string) => ({ outcome: 'wrong' as const, accountId, reason });

  // WebAuthn 7.2 step 6: the account is known beforehand, or the authenticator names it by its handle.
  const { userHandle } = response;
  const isOwn = use.accountId === undefined ? Boolean(userHandle) : accountId === use.accountId;
  if (!isOwn || (userHandle && userHandle !== passkey.handle.toString('base64url')))
    return wrong('passkey_of_another');

  const signed = await verify(deps.config, answer, passkey, needsVerification(use));
  if (!signed) return wrong('passkey_signature');
  if (!(await recordUse(knex, passkey.id, signed.newCounter, at))) {
    if (!(await findPasskeyOf(knex, accountId, passkey.id))) return wrong('unknown_passkey');
    await reportCopy(deps, passkey, given);
    return wrong('passkey_copied');
  }
  return { outcome: 'right', accountId, methods: methodsOf(passkey, signed.userVerified) };
}
