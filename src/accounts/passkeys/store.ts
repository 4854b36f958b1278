/** The SQL of tables passkeys and passkey_handles. */
import type { Db } from '../../database/database.js';

export interface Passkey {
  id: number;
  accountId: number;
  credentialId: Buffer;
  /** A COSE key (RFC 9052). */
  publicKey: Buffer;
  signCount: number;
  transports: string[];
  /** Whether a browser finds it without being told its id, so that nobody has to say who they are. */
  isDiscoverable: boolean;
  /** Whether its owner's other devices have it as well. */
  isSynced: boolean;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export type NewPasskey = Omit<Passkey, 'id' | 'lastUsedAt'>;

interface PasskeyRow {
  id: number;
  account_id: number;
  credential_id: Buffer;
  public_key: Buffer;
  sign_count: number;
  transports: string[];
  discoverable: boolean;
  synced: boolean;
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    signCount: row.sign_count,
    transports: row.transports,
    isDiscoverable: row.discoverable,
    isSynced: row.synced,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

/** The account's passkeys, oldest first. */
export async function listPasskeysOf(db: Db, accountId: number): Promise<Passkey[]> {
  const rows: PasskeyRow[] = await db('passkeys').where({ account_id: accountId }).orderBy('id');
  return rows.map(toPasskey);
}

/** A passkey of somebody else is as good as none. */
export async function findPasskeyOf(db: Db, accountId: number, id: number): Promise<Passkey | undefined> {
  const row: PasskeyRow | undefined = await db('passkeys').where({ id, account_id: accountId }).first();
  return row && toPasskey(row);
}

/** With the handle of its account, which the authenticator has to know as well. */
export async function findPasskeyByCredential(
  db: Db,
  credentialId: Buffer,
): Promise<(Passkey & { handle: Buffer }) | undefined> {
  const row: (PasskeyRow & { handle: Buffer }) | undefined = await db('passkeys')
    .join('passkey_handles', 'passkey_handles.account_id', 'passkeys.account_id')
    .where({ credential_id: credentialId })
    .first('passkeys.*', 'handle');
  return row && { ...toPasskey(row), handle: row.handle };
}

/** @returns undefined when the credential is registered already, for whomever */
export async function insertPasskey(db: Db, passkey: NewPasskey): Promise<Passkey | undefined> {
  const [row]: PasskeyRow[] = await db('passkeys')
    .insert({
      account_id: passkey.accountId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      sign_count: passkey.signCount,
      transports: passkey.transports,
      discoverable: passkey.isDiscoverable,
      synced: passkey.isSynced,
      name: passkey.name,
      created_at: passkey.createdAt,
    })
    .onConflict('credential_id')
    .ignore()
    .returning('*');
  return row && toPasskey(row);
}

/**
 * Notes that the passkey has signed. An authenticator that counts has to be further than it was (WebAuthn 7.2 step 22):
 * two that are not are the same key in two places.
 * @returns false when it is not further, or the passkey was removed meanwhile
 */
export async function recordUse(db: Db, id: number, signCount: number, at: Date): Promise<boolean> {
  const updated = await db('passkeys')
    .where({ id })
    .whereRaw('(sign_count < :signCount OR (sign_count = 0 AND :signCount = 0))', { signCount })
    .update({ sign_count: signCount, last_used_at: at });
  return updated === 1;
}

export async function renamePasskey(db: Db, id: number, name: string): Promise<void> {
  await db('passkeys').where({ id }).update({ name });
}

/** @returns false when it was removed already */
export async function deletePasskey(db: Db, id: number): Promise<boolean> {
  return (await db('passkeys').where({ id }).delete()) === 1;
}

export async function deletePasskeysOf(db: Db, accountId: number): Promise<void> {
  await db('passkeys').where({ account_id: accountId }).delete();
}

/** The handle of the account; the first time it is the one given. */
export async function getOrSetHandle(db: Db, accountId: number, handle: Buffer): Promise<Buffer> {
  const [row]: { handle: Buffer }[] = await db('passkey_handles')
    .insert({ account_id: accountId, handle })
    .onConflict('account_id')
    // Changes nothing, but returns the row that was there.
    .merge(['account_id'])
    .returning('handle');
  return row!.handle;
}
