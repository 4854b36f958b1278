/** Tokens of the applications API: made by a person for a script, which then does in their name what the token allows. */
import { lockAccount } from '../../accounts/store.js';
import { recordEvent } from '../../audit/audit.js';
import type { Database, Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import { recognisableFormat } from '../../secrets/recognisable.js';
import { hashToken } from '../../secrets/token-hash.js';
import type { Change } from '../record-change.js';

export const PERMISSIONS = ['manage', 'previews'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface ApiToken {
  id: number;
  name: string;
  hint: string;
  permission: Permission;
  /** null: every application of the person. */
  applicationId: number | null;
  applicationName: string | null;
  createdAt: Date;
  /** null: until it is revoked. */
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

/** lka_ and 46 letters and digits, of which the last six are the checksum. */
export const API_TOKEN = recognisableFormat('lka_', 40);

/** Whether it is one of these, well formed or not. */
export const isApiToken = (value: string): boolean => value.startsWith(API_TOKEN.prefix);

const MOST_TOKENS = 50;
const HOUR_MS = 60 * 60_000;

export interface NewApiToken {
  name: string;
  permission: Permission;
  applicationId: number | null;
  expiresAt: Date | null;
}

/**
 * @returns the token, of which only the hash is stored: whoever calls shows it now or never
 * @throws AppError 422 when the person has too many
 */
export async function makeApiToken(
  { database, mails }: { database: Database; mails: Mails },
  accountId: number,
  wish: NewApiToken,
  { by, at }: Change,
): Promise<string> {
  const value = API_TOKEN.make();
  await database.knex.transaction(async (transaction) => {
    // Of two requests at once the second counts the token of the first.
    await lockAccount(transaction, accountId);
    if ((await listApiTokens(transaction, accountId, at)).length >= MOST_TOKENS) {
      throw new AppError(
        422,
        'too_many_tokens',
        `You have ${MOST_TOKENS} API tokens, and that is the most one may have.`,
        {
          hint: 'Revoke one that is no longer used.',
        },
      );
    }
    await transaction('application_tokens').insert({
      token_hash: hashToken(value),
      account_id: accountId,
      application_id: wish.applicationId,
      permission: wish.permission,
      name: wish.name,
      hint: value.slice(-4),
      created_at: at,
      expires_at: wish.expiresAt,
    });
    const { name, permission, applicationId } = wish;
    const details = { name, permission, ...(applicationId === null ? {} : { application: applicationId }) };
    const { network, requestId } = by;
    await recordEvent(transaction, { event: 'api_token.made', at, accountId, network, requestId, details });
    await notify(mails, transaction, { accountId, notice: 'apiTokenMade', values: { name }, network });
  });
  return value;
}

/** Those that have not expired, the newest first. */
export async function listApiTokens(db: Db, accountId: number, at: Date): Promise<ApiToken[]> {
  return db('application_tokens as t')
    .leftJoin('applications as a', 'a.id', 't.application_id')
    .where({ 't.account_id': accountId })
    .where((live) => live.whereNull('t.expires_at').orWhere('t.expires_at', '>', at))
    .orderBy('t.id', 'desc')
    .select({
      id: 't.id',
      name: 't.name',
      hint: 't.hint',
      permission: 't.permission',
      applicationId: 't.application_id',
      applicationName: 'a.name',
      createdAt: 't.created_at',
      expiresAt: 't.expires_at',
      lastUsedAt: 't.last_used_at',
    });
}

/** @returns false when the person has no such token */
export async function revokeApiToken(
  db: Db,
  accountId: number,
  id: number,
  { by, at }: Change,
): Promise<boolean> {
  return db.transaction(async (transaction) => {
    const [row]: { name: string }[] = await transaction('application_tokens')
      .where({ account_id: accountId, id })
      .delete()
      .returning('name');
    if (!row) return false;
    const { network, requestId } = by;
    const details = { name: row.name };
    await recordEvent(transaction, {
      event: 'api_token.revoked',
      at,
      accountId,
      network,
      requestId,
      details,
    });
    return true;
  });
}

export async function deleteApiTokensOf(db: Db, accountId: number): Promise<void> {
  await db('application_tokens').where({ account_id: accountId }).delete();
}

/** The live token of this hash, which is gone now. */
export async function takeApiToken(
  transaction: Db,
  hash: Buffer,
  at: Date,
): Promise<{ accountId: number; name: string } | undefined> {
  const [row]: { accountId: number; name: string }[] = await transaction('application_tokens')
    .where({ token_hash: hash })
    .where((live) => live.whereNull('expires_at').orWhere('expires_at', '>', at))
    .delete()
    .returning(['account_id as accountId', 'name']);
  return row;
}

export interface FoundApiToken {
  id: number;
  name: string;
  permission: Permission;
  applicationId: number | null;
  accountId: number;
}

/** The live token of this value. That it was used is written down once an hour. */
export async function findApiToken(
  { knex }: Database,
  value: string,
  { network, at }: { network: string; at: Date },
): Promise<FoundApiToken | undefined> {
  if (!API_TOKEN.isWellFormed(value)) return undefined;
  const row: (FoundApiToken & { lastUsedAt: Date | null }) | undefined = await knex('application_tokens')
    .where({ token_hash: hashToken(value) })
    .where((live) => live.whereNull('expires_at').orWhere('expires_at', '>', at))
    .first({
      id: 'id',
      name: 'name',
      permission: 'permission',
      applicationId: 'application_id',
      accountId: 'account_id',
      lastUsedAt: 'last_used_at',
    });
  if (!row) return undefined;
  const { lastUsedAt, ...token } = row;
  if (!lastUsedAt || lastUsedAt.getTime() < at.getTime() - HOUR_MS)
    await knex('application_tokens')
      .where({ id: token.id })
      .update({ last_used_at: at, last_network: network });
  return token;
}
