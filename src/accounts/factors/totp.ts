/**
 * Codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every 30 seconds, the one before and the one
 * after accepted as well, since clocks differ (5.2). Each works once: the step of the last accepted code only ever
 * moves forward, by one statement, whichever node is asked.
 */
import { Secret, TOTP } from 'otpauth';
import QRCode from 'qrcode';
import type { Db } from '../../database/database.js';
import { seal, unseal } from '../../secrets/seal.js';
import type { Account } from '../account.js';

// Bytes, and the length of SHA-1's output, as RFC 4226 4 recommends. SHA-1 is what every app knows; as an HMAC it is sound.
const SEED_SIZE = 20;
const STEP = 30;
const DRIFT = 1;
const SETUP_LIFETIME = 30 * 60 * 1000;

/** An app that is being set up: nothing is stored before it has shown a right code. */
export interface Setup {
  /** For people who cannot scan, in base32. */
  seed: string;
  uri: string;
  /** The QR code as a data: URL. */
  image: string;
  /** The seed for this account alone, encrypted, for the form to bring back. */
  sealed: string;
}

interface SealedSetup {
  seed: string;
  accountId: number;
  /** Milliseconds since 1970. */
  until: number;
}

const appOf = (seed: string, label = '', issuer = '') =>
  new TOTP({ issuer, label, secret: Secret.fromBase32(seed), algorithm: 'SHA1', digits: 6, period: STEP });

/** @param issuer the server's; its host is what the app shows above the code */
export async function offerSetup(key: Buffer, account: Account, issuer: string, at: Date): Promise<Setup> {
  return describeSetup(key, new Secret({ size: SEED_SIZE }).base32, account, issuer, at);
}

/** The same seed again, after a wrong code: the app has scanned it already. */
export async function describeSetup(
  key: Buffer,
  seed: string,
  account: Account,
  issuer: string,
  at: Date,
): Promise<Setup> {
  const uri = appOf(seed, account.username, new URL(issuer).host).toString();
  const image = await QRCode.toString(uri, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
  const kept: SealedSetup = { seed, accountId: account.id, until: at.getTime() + SETUP_LIFETIME };
  return {
    seed,
    uri,
    image: `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}`,
    sealed: seal(key, JSON.stringify(kept)).toString('base64url'),
  };
}

/** The seed of a setup that was offered to this account within the last half hour. */
export function openSetup(key: Buffer, sealed: string, account: Account, at: Date): string | undefined {
  try {
    const setup: SealedSetup = JSON.parse(unseal(key, Buffer.from(sealed, 'base64url')));
    return setup.accountId === account.id && setup.until > at.getTime() ? setup.seed : undefined;
  } catch {
    return undefined;
  }
}

/** The step a code belongs to; undefined for a wrong one. */
function stepOf(seed: string, code: string, at: Date): number | undefined {
  // Full-width digits, as an East Asian keyboard types them, are digits.
  const token = code.normalize('NFKC').replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const timestamp = at.getTime();
  const delta = appOf(seed).validate({ token, timestamp, window: DRIFT });
  return delta === null ? undefined : Math.floor(timestamp / 1000 / STEP) + delta;
}

/**
 * Stores the seed of an app that has shown a right code, which is spent by it.
 * @returns why not, if not: the code is wrong, or the account has an app already
 */
export async function addApp(
  transaction: Db,
  key: Buffer,
  { accountId, seed, code, at }: { accountId: number; seed: string; code: string; at: Date },
): Promise<'added' | 'wrong' | 'exists'> {
  const step = stepOf(seed, code, at);
  if (step === undefined) return 'wrong';
  const added: unknown[] = await transaction('totp_seeds')
    .insert({ account_id: accountId, seed: seal(key, seed), created_at: at, last_step: step })
    .onConflict('account_id')
    .ignore()
    .returning('account_id');
  return added.length ? 'added' : 'exists';
}

/** Spends a code. @returns false for a wrong one, or one that was used before */
export async function useAppCode(
  db: Db,
  key: Buffer,
  { accountId, code, at }: { accountId: number; code: string; at: Date },
): Promise<boolean> {
  const row: { seed: Buffer } | undefined = await db('totp_seeds')
    .where({ account_id: accountId })
    .first('seed');
  const step = row && stepOf(unseal(key, row.seed), code, at);
  if (step === undefined) return false;
  const spent = await db('totp_seeds')
    .where({ account_id: accountId })
    .where('last_step', '<', step)
    .update({ last_step: step });
  return spent === 1;
}

/** @returns false when there was none */
export async function deleteApp(db: Db, accountId: number): Promise<boolean> {
  return (await db('totp_seeds').where({ account_id: accountId }).delete()) > 0;
}
