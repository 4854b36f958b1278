/** The SQL of client secrets; their hashes are read here for an export alone, and for clients by selectClient of store.ts. */
import type { Db } from '../../database/database.js';
import type { ClientSecret } from '../application.js';

/** Those that have not expired, oldest first. */
export async function selectLiveSecrets(db: Db, applicationId: number, at: Date): Promise<ClientSecret[]> {
  const rows = await db('client_secrets')
    .where({ application_id: applicationId })
    .where((live) => live.whereNull('expires_at').orWhere('expires_at', '>', at))
    .orderBy('id')
    .select<{ id: number; hint: string; created_at: Date; expires_at: Date | null }[]>(
      'id',
      'hint',
      'created_at',
      'expires_at',
    );
  return rows.map((row) => ({
    id: row.id,
    hint: row.hint,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

export async function insertSecret(
  db: Db,
  secret: { applicationId: number; hash: string; hint: string; at: Date },
): Promise<void> {
  await db('client_secrets').insert({
    application_id: secret.applicationId,
    hash: secret.hash,
    hint: secret.hint,
    created_at: secret.at,
  });
}

/** Of a secret that is not known in clear. */
export interface SecretHash {
  hash: string;
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
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
    );
  const secrets = new Map<number, SecretHash[]>();
  for (const { applicationId, ...secret } of rows)
    secrets.set(applicationId, [...(secrets.get(applicationId) ?? []), secret]);
  return secrets;
}

export async function insertStoredSecret(db: Db, applicationId: number, secret: SecretHash): Promise<void> {
  await db('client_secrets').insert({
    application_id: applicationId,
    hash: secret.hash,
    hint: secret.hint,
    created_at: secret.createdAt,
    expires_at: secret.expiresAt,
  });
}

export async function deleteSecret(db: Db, id: number): Promise<void> {
  await db('client_secrets').where({ id }).delete();
}

export async function deleteAllSecrets(db: Db, applicationId: number): Promise<void> {
  await db('client_secrets').where({ application_id: applicationId }).delete();
}

export async function deleteExpiredSecrets(db: Db, applicationId: number, at: Date): Promise<void> {
  await db('client_secrets').where({ application_id: applicationId }).where('expires_at', '<=', at).delete();
}

/** Shortens the life of every secret to at most `expiresAt`; none lives longer than it would have. */
export async function expireSecrets(db: Db, applicationId: number, expiresAt: Date): Promise<void> {
  await db('client_secrets')
    .where({ application_id: applicationId })
    .where((later) => later.whereNull('expires_at').orWhere('expires_at', '>', expiresAt))
    .update({ expires_at: expiresAt });
}

/** Nothing happens when the secret is gone, or was replaced before. */
export async function replaceSecretHash(
  db: Db,
  { id, from, to, hint }: { id: number; from: string; to: string; hint: string },
): Promise<void> {
  await db('client_secrets').where({ id, hash: from }).update({ hash: to, hint });
}
