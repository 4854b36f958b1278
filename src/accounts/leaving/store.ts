/** The SQL of leaving: tables account_deletions and retired_usernames, and the removal of the account itself. */
import type { Db } from '../../database/database.js';

export interface Deletion {
  accountId: number;
  dueAt: Date;
}

export async function insertDeletion(db: Db, { accountId, dueAt }: Deletion, askedAt: Date): Promise<void> {
  await db('account_deletions').insert({ account_id: accountId, asked_at: askedAt, due_at: dueAt });
}

/** The deletion that this person may still cancel. */
export async function findCancellableDeletion(
  db: Db,
  accountId: number,
  at: Date,
): Promise<Deletion | undefined> {
  return db('account_deletions')
    .where({ account_id: accountId, can_be_cancelled: true })
    .where('due_at', '>', at)
    .first('account_id as accountId', 'due_at as dueAt');
}

/** @returns false when there is none, or none that may be cancelled */
export async function cancelDeletion(db: Db, accountId: number, at: Date): Promise<boolean> {
  const cancelled = await db('account_deletions')
    .where({ account_id: accountId, can_be_cancelled: true })
    .where('due_at', '>', at)
    .delete();
  return cancelled > 0;
}

/** For an administrator who enables the account again. */
export async function dropDeletion(db: Db, accountId: number): Promise<void> {
  await db('account_deletions').where({ account_id: accountId }).delete();
}

/** For an administrator who disables an account that is leaving: cancelling would enable it. */
export async function forbidCancelling(db: Db, accountId: number): Promise<void> {
  await db('account_deletions').where({ account_id: accountId }).update({ can_be_cancelled: false });
}

/** Inside a transaction: one account that is due, which no other node is removing at this moment. */
export async function takeDueDeletion(transaction: Db, at: Date): Promise<number | undefined> {
  const row: { account_id: number } | undefined = await transaction('account_deletions')
    .where('due_at', '<=', at)
    .orderBy('due_at')
    .forUpdate()
    .skipLocked()
    .first('account_id');
  return row?.account_id;
}

/** Removes the account, and with it every row that refers to it; its username stays taken, as a hash. */
export async function deleteAccount(db: Db, id: number, at: Date): Promise<void> {
  await db.raw(
    `INSERT INTO retired_usernames (name_hash, retired_at)
      SELECT sha256(convert_to(lower(username), 'UTF8')), :at FROM accounts WHERE id = :id
      ON CONFLICT DO NOTHING`,
    { id, at },
  );
  await db('accounts').where({ id }).delete();
}

/** Upper and lower case are the same, as for names that are in use. */
export async function isUsernameRetired(db: Db, username: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    "SELECT 1 FROM retired_usernames WHERE name_hash = sha256(convert_to(lower(?::text), 'UTF8'))",
    [username],
  );
  return rows.length > 0;
}
