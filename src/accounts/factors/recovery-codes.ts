/** Ten codes on paper for the day the other factor is lost. Each works once; a new set ends the old one. */
import { randomInt } from 'node:crypto';
import type { Db } from '../../database/database.js';
import { hashShortCode } from '../../secrets/token-hash.js';

const HOW_MANY = 10;
// Without those that look alike on paper: 0 and o, 1, l and i. 12 of these 31 are 59 bits.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 12;

function makeCode(): string {
  const characters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return characters.replace(/(.{4})(?=.)/g, '$1-');
}

/** However it is typed: in capitals, with spaces, without the hyphens. */
const hashCode = (key: Buffer, code: string) =>
  hashShortCode(key, code.toLowerCase().replace(/[^a-z0-9]/g, ''));

/** @returns the new set, which cannot be shown again; pass the transaction of whatever it is made with */
export async function replaceRecoveryCodes(
  transaction: Db,
  key: Buffer,
  accountId: number,
  at: Date,
): Promise<string[]> {
  const codes = Array.from({ length: HOW_MANY }, makeCode);
  await deleteRecoveryCodes(transaction, accountId);
  await transaction('recovery_codes').insert(
    codes.map((code) => ({ account_id: accountId, code_hmac: hashCode(key, code), created_at: at })),
  );
  return codes;
}

/** Spends a code. @returns how many are left, or undefined for one that is wrong or spent */
export async function useRecoveryCode(
  transaction: Db,
  key: Buffer,
  { accountId, code, at }: { accountId: number; code: string; at: Date },
): Promise<number | undefined> {
  const spent = await transaction('recovery_codes')
    .where({ account_id: accountId, code_hmac: hashCode(key, code), used_at: null })
    .update({ used_at: at });
  if (!spent) return undefined;
  const left = await transaction('recovery_codes').where({ account_id: accountId, used_at: null }).count();
  return Number(left[0]?.count);
}

export async function deleteRecoveryCodes(db: Db, accountId: number): Promise<void> {
  await db('recovery_codes').where({ account_id: accountId }).delete();
}
