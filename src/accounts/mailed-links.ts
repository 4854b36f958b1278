/**
 * Links that are mailed, each with six digits for somebody who reads their mail on another device: whoever presents one
 * or the other reads the mails of that address. Of those for the same purpose only the latest works, and it works
 * once. Table: one_time_links, where neither the link nor the code can be read.
 */
import { randomInt } from 'node:crypto';
import type { Db } from '../database/database.js';
import { hashShortCode, hashToken, newToken } from '../secrets/token-hash.js';

export type LinkPurpose =
  | 'password reset'
  | 'email verification'
  | 'email change: new address'
  | 'email change: old address';

/** What a link or code stands for. */
export interface Proof {
  accountId: number;
  purpose: LinkPurpose;
  /** Whose mails were read; '' for a link that was handed over in another way. */
  email: string;
}

export interface MailedLinks {
  /** Takes the place of the one before. @returns what to put into the mail; the code is six digits */
  make(db: Db, proof: Proof, life: { at: Date; expiresAt: Date }): Promise<{ token: string; code: string }>;
  /** What the link would prove; uses nothing up. */
  find(db: Db, purposes: LinkPurpose[], token: string, at: Date): Promise<Proof | undefined>;
  use(db: Db, purposes: LinkPurpose[], token: string, at: Date): Promise<Proof | undefined>;
  /**
   * Counts the try, and takes the code for a link that has not been seen by anybody; the one in the mail ends.
   * @returns the token of the link, or undefined when the code is wrong, or has been tried too often
   */
  exchangeCode(
    db: Db,
    of: { accountId: number; purpose: LinkPurpose },
    code: string,
    at: Date,
  ): Promise<string | undefined>;
}

const CODES = 1_000_000;
/** Of a million codes. */
const MOST_TRIES = 5;

/** @param key 32 bytes; see deriveKey */
export function createMailedLinks(key: Buffer): MailedLinks {
  const hashCode = (accountId: number, purpose: LinkPurpose, code: string) =>
    hashShortCode(key, `${accountId} ${purpose} ${code}`);

  return {
    async make(db, { accountId, purpose, email }, { at, expiresAt }) {
      const token = newToken();
      const code = String(randomInt(CODES)).padStart(6, '0');
      await db('one_time_links').where({ account_id: accountId, purpose }).delete();
      await db('one_time_links').insert({
        token_hash: hashToken(token),
        code_hash: hashCode(accountId, purpose, code),
        purpose,
        account_id: accountId,
        email,
        created_at: at,
        expires_at: expiresAt,
      });
      return { token, code };
    },

    async find(db, purposes, token, at) {
      return db('one_time_links')
        .where({ token_hash: hashToken(token), used_at: null })
        .whereIn('purpose', purposes)
        .where('expires_at', '>', at)
        .first({ accountId: 'account_id', purpose: 'purpose', email: 'email' });
    },

    async use(db, purposes, token, at) {
      const [proof]: Proof[] = await db('one_time_links')
        .where({ token_hash: hashToken(token), used_at: null })
        .whereIn('purpose', purposes)
        .where('expires_at', '>', at)
        .update({ used_at: at }, ['account_id as accountId', 'purpose', 'email']);
      return proof;
    },

    async exchangeCode(db, { accountId, purpose }, code, at) {
      const token = newToken();
      const { rows } = await db.raw<{ rows: { is_right: boolean }[] }>(
        `UPDATE one_time_links SET code_tries = code_tries + 1,
          token_hash = CASE WHEN code_hash = :codeHash THEN :tokenHash ELSE token_hash END,
          code_hash = CASE WHEN code_hash = :codeHash THEN NULL ELSE code_hash END
        WHERE account_id = :accountId AND purpose = :purpose AND used_at IS NULL AND expires_at > :at
          AND code_hash IS NOT NULL AND code_tries < :most
        RETURNING code_hash IS NULL AS is_right`,
        {
          accountId,
          purpose,
          at,
          codeHash: hashCode(accountId, purpose, code),
          tokenHash: hashToken(token),
          most: MOST_TRIES,
        },
      );
      return rows[0]?.is_right ? token : undefined;
    },
  };
}

/** They work no more. */
export async function withdrawLinks(db: Db, accountId: number, purposes: LinkPurpose[]): Promise<void> {
  await db('one_time_links').where({ account_id: accountId }).whereIn('purpose', purposes).delete();
}
