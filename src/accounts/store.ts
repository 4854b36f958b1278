/** The SQL of table accounts. */
import type { Db } from '../database/database.js';
import { type Account, normalizeUsername, type StandardClaims } from './account.js';

export interface AccountRow {
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
  access_epoch: number;
  password_epoch: number;
  created_at: Date;
  updated_at: Date;
}

export type NewAccountRow = Pick<
  Account,
  'username' | 'email' | 'firstName' | 'lastName' | 'passwordHash' | 'isSuperuser' | 'createdAt'
>;

export type AccountChanges = Partial<
  Omit<Account, 'id' | 'accessEpoch' | 'passwordEpoch' | 'createdAt' | 'updatedAt'>
>;

export function toAccount(row: AccountRow): Account {
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
    accessEpoch: row.access_epoch,
    passwordEpoch: row.password_epoch,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function findAccountById(db: Db, id: number): Promise<Account | undefined> {
  const row: AccountRow | undefined = await db('accounts').where({ id }).first();
  return row && toAccount(row);
}

/** Recovery codes alone are no factor (factors/find-factors.ts). */
const HAS_FACTOR = `EXISTS (SELECT FROM totp_seeds WHERE account_id = accounts.id)
  OR EXISTS (SELECT FROM passkeys WHERE account_id = accounts.id) AS has_factor`;

/** Of an account and whether it has a second factor, in one statement, since each page of somebody signed in asks for both. */
export async function findAccountWithFactor(
  db: Db,
  id: number,
): Promise<{ account: Account; hasFactor: boolean } | undefined> {
  const row: (AccountRow & { has_factor: boolean }) | undefined = await db('accounts')
    .where({ id })
    .first('accounts.*', db.raw(HAS_FACTOR));
  return row && { account: toAccount(row), hasFactor: row.has_factor };
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

/** Of those that share an address, the one that has proved to read its mails; an address nobody has verified decides if it is one person's. */
function chooseByEmail(accounts: Account[]): Account | undefined {
  const verified = accounts.filter(({ emailVerifiedAt }) => emailVerifiedAt !== null);
  const [first, second] = verified.length ? verified : accounts;
  return second ? undefined : first;
}

interface SignInName {
  /** Tells spellings apart exactly as the database does; there is one whether or not there is an account. */
  foldedName: string;
  account: Account | undefined;
}

/**
 * Looks a name up as somebody typed it who wants to sign in: a username or, where that is offered, the email
 * address of one account alone.
 * Attempts are counted by the folded name. One statement whatever it finds, so that its time tells nothing.
 */
export async function findSignInName(
  db: Db,
  typed: string,
  { byEmail }: { byEmail: boolean },
): Promise<SignInName> {
  const name = normalizeUsername(typed);
  if (name.includes('\0')) return { foldedName: name, account: undefined };
  const { rows } = await db.raw<{
    rows: ({ folded: string; is_username: boolean } & (AccountRow | { id: null }))[];
  }>(
    `SELECT typed.folded, found.* FROM (SELECT lower(:name::text) AS folded) typed LEFT JOIN LATERAL (
      (SELECT true AS is_username, accounts.* FROM accounts WHERE lower(username) = typed.folded)
      UNION ALL
      (SELECT false, accounts.* FROM accounts WHERE :byEmail AND lower(email) = typed.folded
        AND typed.folded LIKE '%@%' ORDER BY email_verified_at LIMIT 3)) found ON true`,
    { name, byEmail },
  );
  const { folded: foldedName } = rows[0]!;
  const accountsOf = (isUsername: boolean) =>
    rows.flatMap((row) => (row.id !== null && row.is_username === isUsername ? [toAccount(row)] : []));
  const [byUsername] = accountsOf(true);
  return { foldedName, account: byUsername ?? chooseByEmail(accountsOf(false)) };
}

/** Whom a username or an email address may mean; those who have verified the address first. */
export async function findAccountsByName(db: Db, typed: string): Promise<Account[]> {
  const byUsername = await findAccountByUsername(db, typed);
  if (byUsername) return [byUsername];
  const name = normalizeUsername(typed);
  if (name.includes('\0') || !name.includes('@')) return [];
  const rows: AccountRow[] = await db('accounts')
    .whereRaw('lower(email) = lower(?)', [name])
    .orderBy(['email_verified_at', 'id'])
    .limit(10);
  return rows.map(toAccount);
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
      password_epoch: changes.passwordHash === undefined ? undefined : db.raw('password_epoch + 1'),
      is_superuser: changes.isSuperuser,
      disabled_at: changes.disabledAt,
      claims: changes.claims && JSON.stringify(changes.claims),
      updated_at: at,
    })
    .returning('*');
  return row && toAccount(row);
}

/** @returns false when the account has another address by now */
export async function markEmailVerified(db: Db, id: number, email: string, at: Date): Promise<boolean> {
  const verified = db.raw('coalesce(email_verified_at, ?)', [at]);
  const changed = await db('accounts')
    .where({ id, email })
    .update({ email_verified_at: verified, updated_at: at });
  return changed === 1;
}

/** The same password hashed anew. @returns false when the hash is no longer the one it is to replace */
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

// What migrations/0010_administration.sql has an index for.
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

/** Disabled or not. */
export async function listSuperusers(db: Db): Promise<Account[]> {
  const rows: AccountRow[] = await db('accounts').where({ is_superuser: true }).orderBy('id');
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
