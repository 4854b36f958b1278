/** The SQL of table accounts. */
import type { Db } from '../database/database.js';
import { type Account, normalizeUsername, type StandardClaims } from './account.js';

interface AccountRow {
  id: number;
  username: string;
  email: string;
  email_verified_at: Date | null;
  first_name: string;
  last_name: string;
  password_hash: string | null;
  is_superuser: boolean;
  disabled_at: Date | null;
  claims: StandardClaims;
  created_at: Date;
  updated_at: Date;
}

export type NewAccountRow = Pick<
  Account,
  'username' | 'email' | 'firstName' | 'lastName' | 'passwordHash' | 'isSuperuser' | 'createdAt'
>;

export type AccountChanges = Partial<Omit<Account, 'id' | 'createdAt' | 'updatedAt'>>;

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    firstName: row.first_name,
    lastName: row.last_name,
    passwordHash: row.password_hash,
    isSuperuser: row.is_superuser,
    disabledAt: row.disabled_at,
    claims: row.claims,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function findAccountById(db: Db, id: number): Promise<Account | undefined> {
  const row: AccountRow | undefined = await db('accounts').where({ id }).first();
  return row && toAccount(row);
}

/** Upper and lower case are the same. */
export async function findAccountByUsername(db: Db, username: string): Promise<Account | undefined> {
  const name = normalizeUsername(username);
  // PostgreSQL refuses NUL in a parameter; no username has one.
  if (name.includes('\0')) return undefined;
  const row: AccountRow | undefined = await db('accounts')
    .whereRaw('lower(username) = lower(?)', [name])
    .first();
  return row && toAccount(row);
}

/**
 * Looks a name up as somebody typed it who wants to sign in. The folded name tells its spellings apart exactly as the
 * database does, and there is one whether or not there is an account: attempts are counted by it.
 */
export async function findSignInName(
  db: Db,
  username: string,
): Promise<{ foldedName: string; account: Account | undefined }> {
  const name = normalizeUsername(username);
  if (name.includes('\0')) return { foldedName: name, account: undefined };
  const { rows } = await db.raw<{ rows: ({ folded: string } & (AccountRow | { id: null }))[] }>(
    `SELECT typed.folded, accounts.* FROM (SELECT lower(?::text) AS folded) typed
      LEFT JOIN accounts ON lower(accounts.username) = typed.folded`,
    [name],
  );
  const row = rows[0]!;
  return { foldedName: row.folded, account: row.id === null ? undefined : toAccount(row) };
}

export async function insertAccount(db: Db, account: NewAccountRow): Promise<Account> {
  const [row]: AccountRow[] = await db('accounts')
    .insert({
      username: account.username,
      email: account.email,
      first_name: account.firstName,
      last_name: account.lastName,
      password_hash: account.passwordHash,
      is_superuser: account.isSuperuser,
      created_at: account.createdAt,
      updated_at: account.createdAt,
    })
    .returning('*');
  return toAccount(row!);
}

/** @returns the account as it is now, or undefined when there is none of this id */
export async function updateAccount(
  db: Db,
  id: number,
  changes: AccountChanges,
  at: Date,
): Promise<Account | undefined> {
  const [row]: AccountRow[] = await db('accounts')
    .where({ id })
    // Knex leaves out the columns whose value is undefined.
    .update({
      username: changes.username,
      email: changes.email,
      email_verified_at: changes.emailVerifiedAt,
      first_name: changes.firstName,
      last_name: changes.lastName,
      password_hash: changes.passwordHash,
      is_superuser: changes.isSuperuser,
      disabled_at: changes.disabledAt,
      claims: changes.claims && JSON.stringify(changes.claims),
      updated_at: at,
    })
    .returning('*');
  return row && toAccount(row);
}

/** @returns false when the hash is no longer the one it is to replace */
export async function replacePasswordHash(
  db: Db,
  id: number,
  from: string | null,
  to: string,
): Promise<boolean> {
  return (await db('accounts').where({ id, password_hash: from }).update({ password_hash: to })) === 1;
}

/** Inside a transaction: whatever else counts or changes things of this account waits until its end. */
export async function lockAccount(db: Db, id: number): Promise<void> {
  await db('accounts').where({ id }).forUpdate().first('id');
}

export interface AccountFilter {
  /** How the username, the email address, the name or the last name begins, in any case. */
  prefix?: string | undefined;
  /** Or else this id. */
  id?: number | undefined;
  /** Only accounts made before the one of this id. */
  before?: number | undefined;
  limit: number;
}

// What migrations/0008_administration.sql has an index for.
const SEARCHED = ['username', 'email', "first_name || ' ' || last_name", 'last_name'];

/** The newest first. */
export async function selectAccounts(
  db: Db,
  { prefix, id, before, limit }: AccountFilter,
): Promise<Account[]> {
  const query = db('accounts').orderBy('id', 'desc').limit(limit);
  if (before !== undefined) query.where('id', '<', before);
  if (prefix) {
    // A pattern's characters stand for themselves.
    const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`;
    query.where((any) => {
      for (const column of SEARCHED) any.orWhereRaw(`lower(${column}) LIKE lower(?)`, [pattern]);
      if (id !== undefined) any.orWhere({ id });
    });
  }
  const rows: AccountRow[] = await query;
  return rows.map(toAccount);
}

/** No more than `most`. */
export async function countAccounts(db: Db, most: number): Promise<number> {
  const [row] = await db.from(db('accounts').select('id').limit(most).as('found')).count({ count: '*' });
  return Number(row?.count ?? 0);
}

/** Inside a transaction: holds the rows until its end, so that two nodes cannot each take away the other's last one. */
export async function lockEnabledSuperuserIds(db: Db): Promise<number[]> {
  const rows: { id: number }[] = await db('accounts')
    .where({ is_superuser: true, disabled_at: null })
    .orderBy('id')
    .select('id')
    .forUpdate();
  return rows.map((row) => row.id);
}

export function isUsernameTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'accounts_username';
}
