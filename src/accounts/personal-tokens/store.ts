/** The SQL of table personal_tokens. */
import type { Database, Db, Statement } from '../../database/database.js';
import type { Holder } from '../../tokens/records.js';

export interface PersonalToken {
  id: number;
  name: string;
  /** Its last four characters. */
  hint: string;
  scopes: string[];
  createdAt: Date;
  /** null: until it is revoked. */
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  lastNetwork: string | null;
}

export type NewPersonalToken = Omit<PersonalToken, 'id' | 'lastUsedAt' | 'lastNetwork'> & {
  accountId: number;
  hash: Buffer;
};

/** Those that have not expired, the newest first. */
export async function listPersonalTokensOf(db: Db, accountId: number, at: Date): Promise<PersonalToken[]> {
  return db('personal_tokens')
    .where({ account_id: accountId })
    .where((query) => query.whereNull('expires_at').orWhere('expires_at', '>', at))
    .orderBy('id', 'desc')
    .select(
      'id',
      'name',
      'hint',
      'scopes',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'last_used_at as lastUsedAt',
      'last_network as lastNetwork',
    );
}

export async function insertPersonalToken(db: Db, token: NewPersonalToken): Promise<void> {
  await db('personal_tokens').insert({
    token_hash: token.hash,
    account_id: token.accountId,
    name: token.name,
    hint: token.hint,
    scopes: token.scopes,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  });
}

/** @returns its name, or undefined when the account has no token of this id */
export async function deletePersonalToken(
  db: Db,
  accountId: number,
  id: number,
): Promise<string | undefined> {
  const [row]: { name: string }[] = await db('personal_tokens')
    .where({ account_id: accountId, id })
    .delete()
    .returning('name');
  return row?.name;
}

export async function deletePersonalTokensOf(db: Db, accountId: number): Promise<void> {
  await db('personal_tokens').where({ account_id: accountId }).delete();
}

export interface FoundPersonalToken {
  id: number;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  holder: Holder;
}

const FIND: Statement = {
  name: 'personal-token-find',
  text: `SELECT t.id AS token_id, t.scopes, t.created_at AS "createdAt", t.expires_at AS "expiresAt",
      t.last_used_at AS "lastUsedAt", a.id, a.username, a.email, a.email_verified_at AS "emailVerifiedAt",
      a.first_name AS "firstName", a.last_name AS "lastName", a.claims, a.updated_at AS "updatedAt"
    FROM personal_tokens t JOIN accounts a ON a.id = t.account_id AND a.disabled_at IS NULL
    WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2)`,
};

/** The live token of this hash, unless its account is disabled. */
export async function findPersonalToken(
  database: Database,
  hash: Buffer,
  at: Date,
): Promise<FoundPersonalToken | undefined> {
  type Row = Omit<FoundPersonalToken, 'id' | 'holder'> & { token_id: number } & Holder;
  const [row] = await database.query<Row>(FIND, [hash, at]);
  if (!row) return undefined;
  const { token_id: id, scopes, createdAt, expiresAt, lastUsedAt, ...holder } = row;
  return { id, scopes, createdAt, expiresAt, lastUsedAt, holder };
}

/** @param network where it was used from; undefined when somebody else has asked about it */
export async function saveLastUse(
  db: Db,
  id: number,
  { at, network, unlessAfter }: { at: Date; network: string | undefined; unlessAfter: Date },
): Promise<void> {
  await db('personal_tokens')
    .where({ id })
    .where((query) => query.whereNull('last_used_at').orWhere('last_used_at', '<=', unlessAfter))
    // Knex leaves out the columns whose value is undefined.
    .update({ last_used_at: at, last_network: network });
}

/** Removes the live token of this hash, whoever's it is. */
export async function takePersonalToken(
  db: Db,
  hash: Buffer,
  at: Date,
): Promise<{ accountId: number; name: string } | undefined> {
  const [taken] = await db('personal_tokens')
    .where({ token_hash: hash })
    .where((query) => query.whereNull('expires_at').orWhere('expires_at', '>', at))
    .delete()
    .returning<{ accountId: number; name: string }[]>(['account_id as accountId', 'name']);
  return taken;
}
