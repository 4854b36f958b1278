/** The SQL of table client_secrets; hashes are read here for an export alone, and for clients by selectClient of store.ts. */
import type { Db } from '../../database/database.js';
import type { ClientSecret } from '../application.js';
import { ofSameOwner, ownedBy } from '../owned-store.js';
import { hashSecret } from './client-secrets.js';

const COLUMNS = {
  id: 'client_secrets.id',
  name: 'client_secrets.name',
  hint: 'client_secrets.hint',
  createdAt: 'client_secrets.created_at',
  createdBy: 'accounts.username',
  expiresAt: 'client_secrets.expires_at',
  lastUsedAt: 'client_secrets.last_used_at',
  lastNetwork: 'client_secrets.last_network',
};

/** Those that have not expired, oldest first. */
export async function selectLiveSecrets(db: Db, applicationId: number, at: Date): Promise<ClientSecret[]> {
  return db('client_secrets')
    .leftJoin('accounts', 'accounts.id', 'client_secrets.created_by')
    .where({ application_id: applicationId })
    .where((live) => live.whereNull('expires_at').orWhere('expires_at', '>', at))
    .orderBy('client_secrets.id')
    .select(COLUMNS);
}

export interface NewSecret {
  applicationId: number;
  hash: string;
  hint: string;
  name: string;
  createdBy: number | undefined;
  at: Date;
  expiresAt: Date | null;
  /** See countSparedMails of warn-of-expiry.ts. */
  expiryMails: number;
}

export async function insertSecret(db: Db, secret: NewSecret): Promise<void> {
  await db('client_secrets').insert({
    application_id: secret.applicationId,
    hash: secret.hash,
    hint: secret.hint,
    name: secret.name,
    created_by: secret.createdBy ?? null,
    created_at: secret.at,
    expires_at: secret.expiresAt,
    expiry_mails: secret.expiryMails,
  });
}

export interface OwnedSecret {
  hash: string;
  hint: string;
  expiresAt: Date | null;
  applicationId: number;
  applicationName: string;
  clientId: string;
}

/** The secrets with one of these hashes that an application has or had, or another one of the same person or team. */
export async function selectSecretsLike(
  db: Db,
  application: { id: number; ownerId: number | null },
  hashes: string[],
): Promise<OwnedSecret[]> {
  return db('client_secrets as s')
    .join('applications', 'applications.id', 's.application_id')
    .where((own) => ofSameOwner(own, application))
    .whereIn('s.hash', hashes)
    .select(
      's.hash',
      's.hint',
      's.expires_at as expiresAt',
      'applications.id as applicationId',
      'applications.name as applicationName',
      'applications.client_id as clientId',
    );
}

/** Of a secret that is not known in clear. */
export interface SecretHash {
  hash: string;
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** '' or undefined where none was given. */
  name?: string;
  /** null or undefined: made by the command line, or by somebody who is gone. */
  createdBy?: number | null;
  /** See countSparedMails of warn-of-expiry.ts. */
  expiryMails?: number;
}

export async function selectStoredSecrets(
  db: Db,
  applicationIds: number[],
): Promise<Map<number, SecretHash[]>> {
  const rows = await db('client_secrets')
    .whereIn('application_id', applicationIds)
    .orderBy('id')
    .select<(SecretHash & { applicationId: number })[]>(
      'application_id as applicationId',
      'hash',
      'hint',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'name',
      'created_by as createdBy',
      'expiry_mails as expiryMails',
    );
  const secrets = new Map<number, SecretHash[]>();
  for (const { applicationId, ...secret } of rows)
    secrets.set(applicationId, [...(secrets.get(applicationId) ?? []), secret]);
  return secrets;
}

/** Whoever made it and is not here is nobody. */
export async function insertStoredSecret(db: Db, applicationId: number, secret: SecretHash): Promise<void> {
  await db('client_secrets').insert({
    application_id: applicationId,
    hash: secret.hash,
    hint: secret.hint,
    name: secret.name ?? '',
    created_at: secret.createdAt,
    created_by: db.raw('(SELECT id FROM accounts WHERE id = ?)', [secret.createdBy ?? null]),
    expires_at: secret.expiresAt,
    expiry_mails: secret.expiryMails ?? 0,
  });
}

/**
 * Shortens the life of one secret, or of every one of the application, to at most `expiresAt`; none lives longer than it
 * would have. Whoever does that knows when they end, and is not written to about it.
 */
export async function expireSecrets(
  db: Db,
  { applicationId, id }: { applicationId: number; id?: number },
  expiresAt: Date,
): Promise<void> {
  await db('client_secrets')
    .where({ application_id: applicationId, ...(id === undefined ? {} : { id }) })
    .where((later) => later.whereNull('expires_at').orWhere('expires_at', '>', expiresAt))
    .update({ expires_at: expiresAt, expiry_mails: 2 });
}

/** Nothing happens when the secret is gone, or was replaced before. */
export async function replaceSecretHash(
  db: Db,
  { id, from, to, hint }: { id: number; from: string; to: string; hint: string },
): Promise<void> {
  await db('client_secrets').where({ id, hash: from }).update({ hash: to, hint });
}

export interface SecretUse {
  id: number;
  at: Date;
  /** As 192.0.2.0/24. */
  network: string;
}

/**
 * In one statement, which waits for nobody: a secret that is being changed at this moment is passed over. Of what two
 * nodes have seen the later use stays.
 */
export async function saveUses(db: Db, uses: SecretUse[]): Promise<void> {
  const ids = uses.map(({ id }) => id);
  await db.raw(
    `WITH free AS (SELECT id FROM client_secrets WHERE id = ANY(?::bigint[]) FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE client_secrets AS s SET last_used_at = u.at, last_network = u.network
      FROM free, unnest(?::bigint[], ?::timestamptz[], ?::text[]) AS u (id, at, network)
      WHERE s.id = free.id AND u.id = free.id AND (s.last_used_at IS NULL OR s.last_used_at < u.at)`,
    [ids, ids, uses.map(({ at }) => at), uses.map(({ network }) => network)],
  );
}

export interface ApplicationOfSecret {
  id: number;
  name: string;
}

/**
 * The application this secret works at.
 * @param accountId only of those of this account and its teams; undefined: of anybody's
 */
export async function findApplicationOfSecret(
  db: Db,
  presented: string,
  { accountId, at }: { accountId: number | undefined; at: Date },
): Promise<ApplicationOfSecret | undefined> {
  const query = db('client_secrets')
    .join('applications', 'applications.id', 'client_secrets.application_id')
    .where('client_secrets.hash', hashSecret(presented))
    .where((live) => live.whereNull('expires_at').orWhere('expires_at', '>', at))
    .first('applications.id', 'applications.name');
  if (accountId !== undefined) query.where((own) => ownedBy(own, accountId));
  return query;
}

export async function findSecretId(
  db: Db,
  applicationId: number,
  presented: string,
): Promise<number | undefined> {
  const row: { id: number } | undefined = await db('client_secrets')
    .where({ application_id: applicationId, hash: hashSecret(presented) })
    .first('id');
  return row?.id;
}
