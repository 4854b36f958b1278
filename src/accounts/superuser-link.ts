/**
 * The link with which the first superuser is made: there is no default account and no default password. It works once,
 * for a day, and only while there is no superuser. Tables: one_time_links, accounts.
 */
import type { Database, Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { hashToken, newToken } from '../secrets/token-hash.js';
import { type AccountResult, createAccount, type NewAccount, type Origin } from './create-account.js';
import type { Passwords } from './passwords.js';

export interface SuperuserLink {
  url: string;
  expiresAt: Date;
}

const PURPOSE = 'superuser';
const LIFETIME = 24 * 60 * 60 * 1000;

/** Later superusers are made by superusers or the command line, not by a link. */
async function hasSuperuser(db: Db): Promise<boolean> {
  return (await db('accounts').where({ is_superuser: true }).first('id')) !== undefined;
}

function superuserExists(): AppError {
  return new AppError(410, 'superuser_exists', text('accounts.superuser.exists'), {
    hint: text('accounts.superuser.existsHint'),
  });
}

function linkIsUsedUp(): AppError {
  return new AppError(410, 'link_used_up', text('accounts.superuser.usedUp'), {
    hint: text('accounts.superuser.usedUpHint'),
  });
}

/**
 * @param options.issuer the link starts with its origin
 * @returns undefined when there is a superuser already
 */
export async function makeSuperuserLink(
  db: Db,
  { issuer, at }: { issuer: string; at: Date },
): Promise<SuperuserLink | undefined> {
  if (await hasSuperuser(db)) return undefined;
  const token = newToken();
  const expiresAt = new Date(at.getTime() + LIFETIME);
  await db('one_time_links').insert({
    token_hash: hashToken(token),
    purpose: PURPOSE,
    created_at: at,
    expires_at: expiresAt,
  });
  // In the query, which is never logged.
  return { url: `${new URL(issuer).origin}/superuser?token=${token}`, expiresAt };
}

/**
 * Looks without using it up, so that a mail scanner or a browser that opens links in advance does no harm.
 * @throws AppError when the link would be refused
 */
export async function checkSuperuserLink(db: Db, token: string, at: Date): Promise<void> {
  if (await hasSuperuser(db)) throw superuserExists();
  const link = await db('one_time_links')
    .where({ token_hash: hashToken(token), purpose: PURPOSE, used_at: null })
    .where('expires_at', '>', at)
    .first('purpose');
  if (!link) throw linkIsUsedUp();
}

/**
 * Uses up every such link at once, so that of two people with two links only one succeeds: the other waits for the
 * rows, and then finds them used.
 * @returns whether this token was among them, and still good
 */
async function useUpLinks(db: Db, token: string, at: Date): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `WITH used AS (
      UPDATE one_time_links SET used_at = :at
      WHERE purpose = :purpose AND used_at IS NULL AND NOT EXISTS (SELECT FROM accounts WHERE is_superuser)
      RETURNING token_hash, expires_at
    )
    SELECT 1 FROM used WHERE token_hash = :hash AND expires_at > :at`,
    { at, purpose: PURPOSE, hash: hashToken(token) },
  );
  return rows.length === 1;
}

/**
 * @returns the account, or what is wrong with the form; then the link still works
 * @throws AppError when the link is refused
 */
export async function makeFirstSuperuser(
  { database, passwords }: { database: Database; passwords: Passwords },
  token: string,
  input: Omit<NewAccount, 'isSuperuser'>,
  from: Origin,
): Promise<AccountResult> {
  const at = new Date();
  await checkSuperuserLink(database.knex, token, at);
  const transaction = await database.knex.transaction();
  try {
    if (!(await useUpLinks(transaction, token, at))) throw linkIsUsedUp();
    const inTransaction: Database = { ...database, knex: transaction };
    const result = await createAccount(inTransaction, passwords, { ...input, isSuperuser: true }, from);
    await (result.ok ? transaction.commit() : transaction.rollback());
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
