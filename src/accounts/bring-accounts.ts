/**
 * Accounts as an import brings them, with their hashes and groups (src/moving-in): many in one statement. And as an
 * export reads them.
 */
import type { Db } from '../database/database.js';
import { type Account, normalizeUsername } from './account.js';
import { type AccountRow, toAccount } from './store.js';

export interface BroughtAccount extends Omit<Account, 'id' | 'accessEpoch' | 'passwordEpoch'> {
  /** null: the source has no numbers; one is chosen here. */
  id: number | null;
  groups: string[];
}

/** How somebody stands in the way of an account that is to come. */
export interface AccountClash {
  by: 'id' | 'username';
  username: string;
}

const COLUMNS = `username text, email text, email_verified_at timestamptz, first_name text, last_name text,
  password_hash text, is_superuser boolean, disabled_at timestamptz, claims jsonb, created_at timestamptz,
  updated_at timestamptz`;
const NAMES = COLUMNS.replace(/ (text|timestamptz|boolean|jsonb)/g, '');

const toRow = (account: BroughtAccount, position: number) => ({
  position,
  id: account.id,
  username: normalizeUsername(account.username),
  email: account.email,
  email_verified_at: account.emailVerifiedAt,
  first_name: account.firstName,
  last_name: account.lastName,
  password_hash: account.passwordHash,
  is_superuser: account.isSuperuser,
  disabled_at: account.disabledAt,
  claims: account.claims,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
});

/**
 * @returns the id of each that was stored, in the order given; undefined where an account of this id or of this name
 *   (upper and lower case are the same) is there, or comes earlier in the list
 */
export async function insertBroughtAccounts(
  db: Db,
  accounts: BroughtAccount[],
): Promise<(number | undefined)[]> {
  const { rows } = await db.raw<{ rows: { position: number; id: number }[] }>(
    `WITH asked AS MATERIALIZED (
        SELECT position, coalesce(id, nextval(pg_get_serial_sequence('accounts', 'id'))) AS id, ${NAMES}
        FROM json_to_recordset(?) AS (position integer, id bigint, ${COLUMNS})
      ), stored AS (
        INSERT INTO accounts (id, ${NAMES}) SELECT id, ${NAMES} FROM asked ORDER BY position
        ON CONFLICT DO NOTHING RETURNING id, username
      )
      SELECT position, id FROM stored JOIN asked USING (id, username)`,
    [JSON.stringify(accounts.map(toRow))],
  );
  const idOf = new Map(rows.map(({ position, id }) => [position, id]));
  await joinGroups(
    db,
    accounts.flatMap(({ groups }, position) => {
      const id = idOf.get(position);
      return id === undefined ? [] : groups.map((name) => ({ id, name }));
    }),
  );
  return accounts.map((_, position) => idOf.get(position));
}

async function joinGroups(db: Db, members: { id: number; name: string }[]): Promise<void> {
  if (!members.length) return;
  const names = [...new Set(members.map(({ name }) => name))];
  await bringGroups(
    db,
    names.map((name) => ({ name, requiresFactor: false })),
  );
  await db.raw(
    `INSERT INTO group_members (account_id, group_id)
      SELECT members.id, groups.id FROM json_to_recordset(?) AS members (id bigint, name text)
      JOIN groups USING (name) ON CONFLICT DO NOTHING`,
    [JSON.stringify(members)],
  );
}

export interface BroughtGroup {
  name: string;
  /** Whether its members have to have a second factor. */
  requiresFactor: boolean;
}

/** A group that is there stays as it is. @returns how many of them are new */
export async function bringGroups(db: Db, groups: BroughtGroup[]): Promise<number> {
  const rows = groups.map(({ name, requiresFactor }) => ({ name, requires_factor: requiresFactor }));
  const { rows: stored } = await db.raw<{ rows: unknown[] }>(
    `INSERT INTO groups (name, requires_factor)
      SELECT name, requires_factor FROM json_to_recordset(?) AS (name text, requires_factor boolean)
      ON CONFLICT DO NOTHING RETURNING 1`,
    [JSON.stringify(rows)],
  );
  return stored.length;
}

/** Who is in the way of each account that could not be stored, in the order given. */
export async function findAccountClashes(
  db: Db,
  accounts: Pick<BroughtAccount, 'id' | 'username'>[],
): Promise<(AccountClash | undefined)[]> {
  const asked = accounts.map(({ id, username }, position) => ({
    position,
    id,
    username: normalizeUsername(username),
  }));
  const { rows } = await db.raw<{ rows: (AccountClash & { position: number })[] }>(
    `SELECT position, CASE WHEN taken.id = asked.id THEN 'id' ELSE 'username' END AS by, taken.username
      FROM json_to_recordset(?) AS asked (position integer, id bigint, username text)
      JOIN LATERAL (
        SELECT id, username FROM accounts WHERE id = asked.id OR lower(username) = lower(asked.username)
        ORDER BY id = asked.id DESC LIMIT 1
      ) taken ON true`,
    [JSON.stringify(asked)],
  );
  const clashOf = new Map(rows.map(({ position, ...clash }) => [position, clash]));
  return accounts.map((_, position) => clashOf.get(position));
}

export interface KnownAccount {
  id: number;
  /** When it was brought. */
  broughtAt: Date;
  passwordHash: string | null;
  disabledAt: Date | null;
}

/**
 * For people who were brought before, and have not signed in or changed anything here since: a password changed at the
 * source meanwhile counts, and whoever was disabled there is disabled here.
 * @returns how many accounts have changed
 */
export async function followSource(db: Db, accounts: KnownAccount[]): Promise<number> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `UPDATE accounts SET password_hash = asked.password_hash, disabled_at = asked.disabled_at
      FROM json_to_recordset(?)
        AS asked (id bigint, brought_at timestamptz, password_hash text, disabled_at timestamptz)
      WHERE accounts.id = asked.id AND accounts.updated_at <= asked.brought_at AND accounts.disabled_at IS NULL
        AND coalesce(accounts.password_hash, '') NOT LIKE '$argon2id$%'
        AND (accounts.password_hash IS DISTINCT FROM asked.password_hash OR asked.disabled_at IS NOT NULL)
      RETURNING 1`,
    [
      JSON.stringify(
        accounts.map(({ id, broughtAt, passwordHash, disabledAt }) => ({
          id,
          brought_at: broughtAt,
          password_hash: passwordHash,
          disabled_at: disabledAt,
        })),
      ),
    ],
  );
  return rows.length;
}

/** After ids were chosen by an import: the next account of our own gets a higher one. */
export async function moveAccountIdsOn(db: Db): Promise<void> {
  await db.raw(
    `SELECT setval(pg_get_serial_sequence('accounts', 'id'), greatest(highest, nextval(pg_get_serial_sequence('accounts', 'id'))))
      FROM (SELECT max(id) AS highest FROM accounts) ids WHERE highest IS NOT NULL`,
  );
}

/** For an export: those with a higher id, in the order of their ids, with their groups. */
export async function readAccountsAfter(
  db: Db,
  id: number,
  size: number,
): Promise<(BroughtAccount & { id: number })[]> {
  const { rows } = await db.raw<{ rows: (AccountRow & { groups: string[] })[] }>(
    `SELECT accounts.*, ARRAY(
        SELECT name FROM groups JOIN group_members m ON m.group_id = groups.id WHERE m.account_id = accounts.id
        ORDER BY name
      ) AS groups
      FROM accounts WHERE id > ? ORDER BY id LIMIT ?`,
    [id, size],
  );
  return rows.map(({ groups, ...row }) => ({ ...toAccount(row), groups }));
}

export async function readGroups(db: Db): Promise<BroughtGroup[]> {
  return db('groups').orderBy('id').select('name', 'requires_factor as requiresFactor');
}
